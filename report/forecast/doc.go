// Package forecast says what a plan would take and what it could detect: hours, bytes,
// noise, boots and power, by earlier data of the guest or by an assumption that is
// always called one. It reads no store: what was measured comes as plain values.
package forecast
