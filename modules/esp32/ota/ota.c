/* The ESP32 side of ota.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "app_update/include/esp_ota_ops.h"	/* its folder is not on the SDK's include path */
#include "esp_system.h"

void xs_ota_confirm(xsMachine *the)
{
	if (esp_ota_mark_app_valid_cancel_rollback() != ESP_OK)
		xsUnknownError("can't confirm the image");
}

void xs_ota_activate(xsMachine *the)
{
	const esp_partition_t *next = esp_ota_get_next_update_partition(NULL);
	esp_err_t err = next ? esp_ota_set_boot_partition(next) : ESP_ERR_NOT_FOUND;
	if (err == ESP_ERR_OTA_VALIDATE_FAILED)
		xsUnknownError("the image is not valid");
	if (err != ESP_OK)
		xsUnknownError("can't change the boot slot");
}

void xs_ota_restart(xsMachine *the)
{
	(void)the;
	esp_restart();
}

void xs_ota_get_pending(xsMachine *the)
{
	esp_ota_img_states_t state;
	const esp_partition_t *running = esp_ota_get_running_partition();
	int pending = running && esp_ota_get_state_partition(running, &state) == ESP_OK && state == ESP_OTA_IMG_PENDING_VERIFY;
	xsmcSetBoolean(xsResult, pending);
}

void xs_ota_get_slot(xsMachine *the)
{
	const esp_partition_t *running = esp_ota_get_running_partition();
	xsmcSetString(xsResult, running ? (char *)running->label : "");
}

void xs_ota_get_resetReason(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)esp_reset_reason());
}
