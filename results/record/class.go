package record

// What a boot or a run that gave no number is called: its failure class. docs/failures.md
// says when each is given; a new one is named here, listed in Classes and described there.

// Classes of a boot.
const (
	WriteFailed       = "write_failed"
	RebootFailed      = "reboot_failed"
	VariantFailed     = "variant_failed" // the guest's machine did not become the arm's variant
	SwitchFailed      = "switch_failed"  // of a stint: the switch within the boot did not come about
	ReadBackFailed    = "read_back_failed"
	ServerFailed      = "iperf_server_failed"
	MeasurementFailed = "measurement_failed" // no run gave a number
	RebootedByItself  = "rebooted_by_itself" // what was measured is not one boot
	DeadManFailed     = "dead_man_failed"    // the dead-man switch could not be armed or disarmed
	PutBack           = "put_back"           // it had put the originals back already
	InternalError     = "internal_error"     // the harness itself made a mistake
)

// OfHarness says whether a class is the harness's own doing, or the operator's: it says nothing
// about the settings. Such a boot is lost, but it is not a boot that failed.
func OfHarness(class string) bool {
	switch class {
	case DeadManFailed, PutBack, Interrupted, InternalError:
		return true
	}
	return false
}

// UpdatesPending is the class of a session that was refused because the guest's
// next boot would install updates.
const UpdatesPending = "updates_pending"

// Classes of a run, which has exactly one.
const (
	OK            = "ok"
	OKAfterRepair = "ok_after_repair" // usable after mending what is not JSON
	OKPartial     = "ok_partial"      // written by the server's side, whose view of the other end is 0: never ranked
	Implausible   = "implausible"     // a whole document whose figures cannot be right

	ConnectionRefused    = "connection_refused"
	ConnectTimeout       = "connect_timeout"
	NoRoute              = "no_route"
	DataConnectionFailed = "data_connection_failed" // control connection open, streams refused
	ServerBusy           = "server_busy"
	ServerTerminated     = "server_terminated"
	PeerLost             = "peer_lost"
	PeerFailed           = "peer_failed" // the command that runs iperf3 at the peer did not
	Interrupted          = "interrupted" // the client was told to stop
	UnsupportedByServer  = "unsupported_by_server"
	UDPBlocked           = "udp_blocked"
	LossAboveLimit       = "loss_above_limit" // of a ladder, at its lowest rate
	BadArguments         = "bad_arguments"
	HangKilled           = "hang_killed"      // the deadline passed and the runner killed the client
	KilledNoOutput       = "killed_no_output" // killed from outside, nothing written
	KilledPartial        = "killed_partial"   // killed from outside, some events written
	Truncated            = "truncated"        // the document is cut
	LinkFailed           = "link_failed"      // the link did not get the conditions that the workload asks for
	MeterBlocked         = "meter_blocked"    // an antivirus or a policy of the guest keeps the meter back
	Failed               = "failed"           // anything else; the reason has iperf3's words
)

// Classes lists every failure class: of boots, of the session, of runs.
var Classes = []string{
	WriteFailed, VariantFailed, RebootFailed, SwitchFailed, ReadBackFailed, ServerFailed, MeasurementFailed, RebootedByItself, DeadManFailed, PutBack, InternalError,
	UpdatesPending,
	OKPartial, Implausible, ConnectionRefused, ConnectTimeout, NoRoute, DataConnectionFailed, ServerBusy, ServerTerminated,
	PeerLost, PeerFailed, Interrupted, UnsupportedByServer, UDPBlocked, LossAboveLimit, BadArguments, HangKilled, KilledNoOutput, KilledPartial, Truncated, LinkFailed, MeterBlocked, Failed,
}

// Usable reports whether runs of the class carry figures that may be ranked.
func Usable(class string) bool { return class == OK || class == OKAfterRepair }
