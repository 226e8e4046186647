// Package stack is the network stack of the Windows that is played: adapters with their
// driver's keywords, the parameters and templates of TCP, and what of all that comes
// into effect in the kernel below. It is pure: registry and TCP state in, settings out.
//
//	registry -> ReadAtBoot -> AtBoot \
//	netsh    -> TCP                  -> NT62Effects or XPEffects -> kernel.Settings
package stack
