/* The ESP32 side of held.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"
#include "builtinCommon.h"

#include "driver/gpio.h"
#include "driver/rtc_io.h"
#include "esp_attr.h"
#include "esp_system.h"

#define OUTPUT 8
#define MAGIC 0x706f6421u

typedef struct {
	int pin;
	int activeLow;
} Held;

/* Not cleared by a reset, but random after a loss of power: hence the check. */
typedef struct {
	uint32_t level;
	uint32_t check;
} Kept;

static RTC_NOINIT_ATTR Kept kept;

void xs_held_destructor(void *data);

static uint32_t checkOf(uint32_t level, int pin)
{
	return MAGIC ^ (level << 8) ^ (uint32_t)pin;
}

static void keep(int pin, uint32_t level)
{
	kept.level = level;
	kept.check = checkOf(level, pin);
}

static bool isKept(int pin)
{
	return esp_reset_reason() != ESP_RST_POWERON && kept.level <= 1 && kept.check == checkOf(kept.level, pin);
}

/* The latch opens only after the output below it already has the level, so the pad never shows another one. */
static esp_err_t drive(int pin, uint32_t level)
{
	esp_err_t err = gpio_set_level(pin, level);
	if (err == ESP_OK)
		err = gpio_hold_dis(pin);
	if (err == ESP_OK)
		err = gpio_hold_en(pin);
	return err;
}

void xs_held_destructor(void *data)
{
	Held *held = data;
	if (!held)
		return;
	builtinFreePin(held->pin);
	c_free(held);
}

void xs_held(xsMachine *the)
{
	int pin, activeLow = 0;
	uint32_t initial = 0, level;
	gpio_config_t config = { .mode = GPIO_MODE_INPUT_OUTPUT, .intr_type = GPIO_INTR_DISABLE };
	Held *held;
	xsmcVars(1);
	xsmcGet(xsVar(0), xsArg(0), xsID_pin);
	pin = xsmcToInteger(xsVar(0));
	if (pin < 0 || pin >= GPIO_NUM_MAX || !rtc_gpio_is_valid_gpio(pin))
		xsRangeError("not an RTC pad");
	if (!builtinIsPinFree(pin))
		xsUnknownError("in use");
	xsmcGet(xsVar(0), xsArg(0), xsID_mode);
	if (xsmcToInteger(xsVar(0)) != OUTPUT)
		xsRangeError("invalid mode");
	if (xsmcHas(xsArg(0), xsID_activeLow)) {
		xsmcGet(xsVar(0), xsArg(0), xsID_activeLow);
		activeLow = xsmcTest(xsVar(0)) ? 1 : 0;
	}
	if (xsmcHas(xsArg(0), xsID_initialValue)) {
		xsmcGet(xsVar(0), xsArg(0), xsID_initialValue);
		initial = xsmcToInteger(xsVar(0)) ? 1 : 0;
	}
	held = c_malloc(sizeof(Held));
	if (!held)
		xsUnknownError("no memory");
	held->pin = pin;
	held->activeLow = activeLow;
	builtinUsePin(pin);
	xsmcSetHostData(xsThis, held);

	level = isKept(pin) ? kept.level : initial ^ (uint32_t)activeLow;
	keep(pin, level);
	config.pin_bit_mask = 1ULL << pin;
	if (gpio_set_level(pin, level) != ESP_OK || gpio_config(&config) != ESP_OK || drive(pin, level) != ESP_OK)
		xsUnknownError("can't drive the pin");
}

void xs_held_close(xsMachine *the)
{
	Held *held = xsmcGetHostData(xsThis);
	if (!held)
		return;
	held = xsmcGetHostDataValidate(xsThis, (void *)xs_held_destructor);
	xs_held_destructor(held);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
}

void xs_held_kept(xsMachine *the)
{
	if (isKept(xsmcToInteger(xsArg(0))))
		xsmcSetInteger(xsResult, (int)kept.level);
}

void xs_held_read(xsMachine *the)
{
	Held *held = xsmcGetHostDataValidate(xsThis, (void *)xs_held_destructor);
	xsmcSetInteger(xsResult, gpio_get_level(held->pin) ^ held->activeLow);
}

void xs_held_write(xsMachine *the)
{
	Held *held = xsmcGetHostDataValidate(xsThis, (void *)xs_held_destructor);
	uint32_t level = (uint32_t)((xsmcToInteger(xsArg(0)) ? 1 : 0) ^ held->activeLow);
	keep(held->pin, level);
	if (drive(held->pin, level) != ESP_OK)
		xsUnknownError("can't drive the pin");
}
