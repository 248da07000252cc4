/**
 * What the camera's saved environment must not decide: each variable that bears on a load is put into a known state first. In RAM only.
 *
 * Read in U-Boot's net/ and cmd/net.c (2010.06, 2016.11, upstream); a variable that a U-Boot doesn't know does nothing, and one that is
 * not set is deleted without a word. Not here: `ethact`, `ethaddr` and the like, which U-Boot sets itself at its start; `autoload`,
 * `bootfile`, `loadaddr`, `filesize`, which don't matter where address and name are given; `bootretry`, which is read at the start only.
 */
export const LOAD_SETTINGS: readonly string[] = Object.freeze([
	// "yes" starts what was only to be loaded
	"setenv autostart no",
	// with another mask the pod is looked for behind a gateway
	"setenv netmask 255.255.255.0",
	"setenv gatewayip",
	// "yes" tries for ever
	"setenv netretry no",
	// every frame would be tagged
	"setenv vlan",
	"setenv nvlan",
	// newest upstream: goes before serverip
	"setenv tftpserverip",
	"setenv tftpblocksize",
	"setenv tftpwindowsize",
	"setenv tftptimeout",
	"setenv tftptimeoutcountmax",
	// the server's port and its own
	"setenv tftpdstp",
	"setenv tftpsrcp"
]);
