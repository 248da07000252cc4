/** What the SDK's manifests (8.2.3) do, as far as the firmware's manifests include them. */
export interface SDKManifest {
	/** Specifiers of the modules it brings. */
	modules: readonly string[];
	creation?: Record<string, unknown>;
}

export const SDK: Readonly<Record<string, SDKManifest>> = {
	"$(MODDABLE)/examples/manifest_base.json": {
		modules: ["Resource", "time", "timer", "instrumentation"],
		creation: { keys: { initial: 32, incremental: 32, name: 53, symbol: 3 }, parser: { buffer: 1024, table: 17 }, main: "main" }
	},
	"$(MODDABLE)/modules/data/crc/manifest.json": { modules: ["crc"] },
	"$(MODDABLE)/modules/io/ethernet/manifest.json": { modules: ["embedded:network/interface/ethernet"] },
	"$(MODDABLE)/modules/io/flash/manifest.json": { modules: ["embedded:storage/flash"] },
	"$(MODDABLE)/modules/io/wifi/manifest.json": { modules: ["embedded:network/interface/wifi"] }
};
