package machine

// EventLog is the log System as far as anybody asks for it: how many events it has
// had. Record numbers count up from 1 over all boots, whatever the clock does.
type EventLog struct {
	Newest uint64 `json:"newest"` // record number of the newest event
	Start  uint64 `json:"start"`  // of the newest event 6005 of source EventLog
}

// Events that every boot leaves (general knowledge: the real log has more of them,
// and what follows 6005 differs from boot to boot).
const (
	eventsOfEnd    = 3 // User32 1074, EventLog 6006, Kernel-General 13 of the boot before
	eventsOfStart  = 3 // Kernel-General 12, EventLog 6009, EventLog 6005
	eventsOfDevice = 4 // EventLog 6013, Kernel-Power 172, DHCP-Client 50036, Winlogon 7001
)

// boot is the log after one more boot.
func (l EventLog) boot() EventLog {
	if l.Newest > 0 {
		l.Newest += eventsOfEnd
	}
	l.Start = l.Newest + eventsOfStart
	l.Newest = l.Start + eventsOfDevice
	return l
}
