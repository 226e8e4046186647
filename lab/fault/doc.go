// Package fault makes a stand-in guest misbehave on purpose, at a stated point, so that a test can
// have what a harness must survive when it wants.
//
// A Plan is a list of faults in one syntax (Parse; docs/lab-faults.md describes it).
// Faults of the wire are done by Wire, a net.Listener and http.Handler in front of the
// lab's WinRM server; the others are done by the personality (lab/windows) and the
// guest's init (lab/guest), which ask the plan of their boot.
//
// A leaf: it knows HTTP and connections, nothing of Windows or of WS-Management.
package fault
