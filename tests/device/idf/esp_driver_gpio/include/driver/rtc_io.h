#pragma once
#include "driver/gpio.h"
bool rtc_gpio_is_valid_gpio(gpio_num_t pin);
