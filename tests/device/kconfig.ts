/**
 * The Kconfig of ESP-IDF v6.0 for the ESP32-S3, as far as our sdkconfig touches it (components' Kconfig files at the tag v6.0), and the SDK's
 * merge of that file with its own (8.2.3: tools/mcmanifest.js, build/devices/esp32/xsProj-esp32s3/sdkconfig.defaults).
 */

interface Symbol {
	/** Other symbols that must be on, or off with "!". What isn't set anywhere has the value of DEFAULTS. */
	needs?: string;
	range?: readonly [number, number];
	/** Why setting it is in vain although it exists. */
	vain?: string;
}

const PROMPTLESS = "has no prompt: only other settings select it";
const MAILBOX = "is for sockets and netconns: the raw API has no mailboxes";

export const SYMBOLS: Readonly<Record<string, Symbol>> = {
	APP_PROJECT_VER: { needs: "APP_PROJECT_VER_FROM_CONFIG" },
	APP_PROJECT_VER_FROM_CONFIG: {},
	BOOTLOADER_APP_ROLLBACK_ENABLE: {},
	ESPTOOLPY_FLASHSIZE_16MB: {},
	ESPTOOLPY_FLASHSIZE_4MB: {},
	ESP_COREDUMP_ENABLE_TO_FLASH: {},
	ESP_COREDUMP_ENABLE_TO_UART: {},
	ESP_INT_WDT: {},
	ESP_SYSTEM_EVENT_TASK_STACK_SIZE: {},
	ESP_SYSTEM_PANIC_GDBSTUB: {},
	ESP_SYSTEM_PANIC_PRINT_REBOOT: { needs: "!ESP_SYSTEM_GDBSTUB_RUNTIME" },
	ESP_TASK_WDT_EN: {},
	ESP_TASK_WDT_INIT: { needs: "ESP_TASK_WDT_EN" },
	ESP_TASK_WDT_PANIC: { needs: "ESP_TASK_WDT_INIT" },
	ESP_TASK_WDT_TIMEOUT_S: { needs: "ESP_TASK_WDT_INIT", range: [1, 60] },
	ESP_WIFI_CACHE_TX_BUFFER_NUM: { needs: "SPIRAM_TRY_ALLOCATE_WIFI_LWIP !SPIRAM_IGNORE_NOTFOUND", range: [0, 128] },
	ESP_WIFI_DYNAMIC_RX_BUFFER_NUM: { range: [0, 128] },
	// ESP_WIFI_DYNAMIC_TX_BUFFER itself depends on !(SPIRAM_TRY_ALLOCATE_WIFI_LWIP && !SPIRAM_IGNORE_NOTFOUND)
	ESP_WIFI_DYNAMIC_TX_BUFFER_NUM: { needs: "!SPIRAM_TRY_ALLOCATE_WIFI_LWIP", range: [1, 128] },
	ESP_WIFI_IRAM_OPT: {},
	ESP_WIFI_STATIC_RX_BUFFER_NUM: { range: [2, 25] },
	ESP_WIFI_STATIC_TX_BUFFER_NUM: { needs: "SPIRAM_TRY_ALLOCATE_WIFI_LWIP !SPIRAM_IGNORE_NOTFOUND", range: [1, 64] },
	ETH_ENABLED: { vain: PROMPTLESS },
	ETH_USE_SPI_ETHERNET: {},
	FREERTOS_HZ: { range: [1, 1000] },
	GPIO_CTRL_FUNC_IN_IRAM: {},
	LOG_DEFAULT_LEVEL_NONE: {},
	LOG_DEFAULT_LEVEL_WARN: {},
	LWIP_ICMP: {},
	LWIP_IP4_FRAG: {},
	LWIP_MAX_ACTIVE_TCP: { range: [1, 1024] },
	LWIP_MAX_UDP_PCBS: { range: [1, 1024] },
	LWIP_TCPIP_RECVMBOX_SIZE: { range: [6, 64] },
	LWIP_TCPIP_TASK_STACK_SIZE: { range: [2048, 65536] },
	LWIP_TCP_MSS: { range: [536, 1460] },
	LWIP_TCP_OOSEQ_MAX_PBUFS: { range: [0, 12] },
	LWIP_TCP_RECVMBOX_SIZE: { vain: MAILBOX },
	LWIP_TCP_RTO_TIME: {},
	LWIP_TCP_SND_BUF_DEFAULT: { range: [2440, 65535] },
	LWIP_TCP_WND_DEFAULT: { range: [2440, 65535] },
	LWIP_UDP_RECVMBOX_SIZE: { vain: MAILBOX },
	RINGBUF_PLACE_ISR_FUNCTIONS_INTO_FLASH: {},
	SPIRAM: {},
	SPIRAM_BOOT_INIT: { needs: "SPIRAM" },
	SPIRAM_IGNORE_NOTFOUND: { needs: "SPIRAM" },
	SPIRAM_MALLOC_ALWAYSINTERNAL: { needs: "SPIRAM_USE_MALLOC", range: [0, 131072] },
	SPIRAM_MALLOC_RESERVE_INTERNAL: { needs: "SPIRAM_USE_MALLOC", range: [0, 262144] },
	SPIRAM_MODE_OCT: { needs: "SPIRAM" },
	SPIRAM_MODE_QUAD: { needs: "SPIRAM" },
	SPIRAM_SPEED_40M: { needs: "SPIRAM" },
	SPIRAM_SPEED_80M: { needs: "SPIRAM" },
	SPIRAM_TRY_ALLOCATE_WIFI_LWIP: { needs: "SPIRAM_USE_MALLOC" },
	SPIRAM_USE_CAPS_ALLOC: { vain: "is silently ignored: the SDK's base file holds it in a comment, which its merge takes for a setting" },
	SPIRAM_USE_MALLOC: { needs: "SPIRAM" },
	SPI_FLASH_ERASE_YIELD_DURATION_MS: { needs: "SPI_FLASH_YIELD_DURING_ERASE" },
	SPI_FLASH_ERASE_YIELD_TICKS: { needs: "SPI_FLASH_YIELD_DURING_ERASE" },
	SPI_FLASH_YIELD_DURING_ERASE: {},
	UART_ISR_IN_IRAM: { needs: "!RINGBUF_PLACE_ISR_FUNCTIONS_INTO_FLASH" }
};

/** Of symbols that `needs` names and our sdkconfig may leave alone. */
const DEFAULTS: Readonly<Record<string, boolean>> = {
	APP_PROJECT_VER_FROM_CONFIG: false, ESP_SYSTEM_GDBSTUB_RUNTIME: false, ESP_TASK_WDT_EN: false, ESP_TASK_WDT_INIT: true, RINGBUF_PLACE_ISR_FUNCTIONS_INTO_FLASH: false,
	SPIRAM: false, SPIRAM_IGNORE_NOTFOUND: false, SPIRAM_TRY_ALLOCATE_WIFI_LWIP: false, SPIRAM_USE_MALLOC: true, SPI_FLASH_YIELD_DURING_ERASE: true
};

/** What of `values` (CONFIG_X -> value) has no effect, a sentence each. */
export function withoutEffect(values: ReadonlyMap<string, string>): string[] {
	const isOn = (name: string): boolean => values.has(`CONFIG_${name}`) ? values.get(`CONFIG_${name}`) === "y" : DEFAULTS[name]!;
	const complaints: string[] = [];
	for (const [name, value] of values) {
		const symbol = SYMBOLS[name.replace(/^CONFIG_/, "")];
		if (!symbol) {
			complaints.push(`${name} is not in tests/device/kconfig.ts: look it up in ESP-IDF v6.0's Kconfig, and write down there what it depends on`);
			continue;
		}
		if (symbol.vain)
			complaints.push(`${name} ${symbol.vain}`);
		const missing = value === "n" ? undefined : symbol.needs?.split(" ").find(need => need.startsWith("!") ? isOn(need.slice(1)) : !isOn(need));
		if (missing)
			complaints.push(`${name} has no effect: it needs ${missing.startsWith("!") ? `CONFIG_${missing.slice(1)} off` : `CONFIG_${missing}`}`);
		if (symbol.range && !(Number(value) >= symbol.range[0] && Number(value) <= symbol.range[1]))
			complaints.push(`${name} is ${value}, outside of ${symbol.range[0]} to ${symbol.range[1]}`);
	}
	return complaints;
}
