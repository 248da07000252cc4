/**
 * The board that netboots Linux: QEMU's virt with Debian's u-boot-qemu for arm64, a disk to write to, and the camera's Ethernet. A second
 * network card is QEMU's own user-mode network: through it Linux reaches this machine's loopback interface at 10.0.2.2, for HTTP.
 */
import type { QemuProcess } from "./qemu-process.ts";

export const PACKAGE = "u-boot-qemu";
/** Inside the package. */
export const FIRMWARE = "usr/lib/u-boot/qemu_arm64/u-boot.bin";

export const PROGRAM = "qemu-system-aarch64";

/** This machine, as the camera's Linux sees it on its second card. */
export const HOST = "10.0.2.2";

export interface Start {
	/** U-Boot; or a kernel and its initramfs, for a camera that comes up in Linux by itself. */
	firmware: string | { kernel: string; initramfs: string };
	/** A raw image: /dev/vda. */
	disk: string;
	/** A -netdev named "wire". */
	netdev: string;
}

export function commandLine({ firmware, disk, netdev }: Start): Parameters<QemuProcess["start"]>[0] {
	return console => [
		"-M", "virt", "-cpu", "cortex-a57", "-m", "512M",
		"-display", "none", "-monitor", "none",
		...typeof firmware === "string" ? ["-bios", firmware] : ["-kernel", firmware.kernel, "-initrd", firmware.initramfs, "-append", "console=ttyAMA0"],
		"-drive", `if=none,id=disk,format=raw,file=${disk}`, "-device", "virtio-blk-pci,drive=disk",
		"-netdev", netdev, "-device", "virtio-net-pci,netdev=wire,romfile=",
		"-netdev", "user,id=lab", "-device", "virtio-net-pci,netdev=lab,romfile=",
		"-serial", console
	];
}
