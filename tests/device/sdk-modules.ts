/** What the SDK's manifests (8.2.3) provide, as far as the firmware's manifests include them: specifiers by manifest. */
export const SDK: Readonly<Record<string, readonly string[]>> = {
	"$(MODDABLE)/examples/manifest_base.json": ["time", "timer", "instrumentation"],
	"$(MODDABLE)/modules/data/crc/manifest.json": ["crc"],
	"$(MODDABLE)/modules/io/ethernet/manifest.json": ["embedded:network/interface/ethernet"],
	"$(MODDABLE)/modules/io/flash/manifest.json": ["embedded:storage/flash"],
	"$(MODDABLE)/modules/io/wifi/manifest.json": ["embedded:network/interface/wifi"]
};
