/* The ids that the SDK's linker makes, looked up when they are used. */
#pragma once
#define xsID_address xsID("address")
#define xsID_broadcast xsID("broadcast")
#define xsID_from xsID("from")
#define xsID_nodelay xsID("nodelay")
#define xsID_onError xsID("onError")
#define xsID_onReadable xsID("onReadable")
#define xsID_onWritable xsID("onWritable")
#define xsID_port xsID("port")
#define xsID_target xsID("target")
