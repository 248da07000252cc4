/**
 * The SDK's include path for an ESP32-S3 with ESP-IDF v6.0 (8.2.3: INC_DIRS and DRIVER_DIRS of tools/mcconfig/make.esp32.mk), as folders of
 * ESP-IDF's components. `idf/` beside this file holds declarations at the places where ESP-IDF has the real ones; the compiler finds
 * them by this path only. An "idf" dependency in a manifest adds nothing to it.
 */
export const INCLUDE_PATH: readonly string[] = [
	".",
	...`bootloader_support esp_adc esp_app_format esp_blockdev esp_bootloader_format esp_common esp_driver_dac esp_driver_gpio esp_driver_gptimer esp_driver_i2c
		esp_driver_i2s esp_driver_ledc esp_driver_mcpwm esp_driver_parlio esp_driver_pcnt esp_driver_rmt esp_driver_sdmmc esp_driver_spi esp_driver_uart esp_eth
		esp_event esp_hal_gpio esp_hal_uart esp_hw_support esp_lcd esp_netif esp_partition esp_pm esp_ringbuf esp_rom esp_system esp_timer esp_wifi hal heap log
		soc spi_flash spiffs wear_levelling`.split(/\s+/).map(component => `${component}/include`),
	"freertos/FreeRTOS-Kernel/include",
	"freertos/config/include",
	"lwip/lwip/src/include",
	"lwip/port/include"
];
