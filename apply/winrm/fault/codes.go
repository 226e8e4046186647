package fault

// Kind is what a fault means for the client.
type Kind int

// What a fault can mean; Other is an answer like any other.
const (
	Other  Kind = iota
	Wait        // nothing yet: ask again
	Shell       // the shell is gone: a new one is needed
	Quota       // a quota of the guest is used up
	Full        // the shell has taken all the commands that it takes: a new one is needed
	Gone        // the service is not there or is going
	Busy        // of input: what came before it is still being written
	Closed      // of input: nobody reads any more of it
	Unsure      // it was given up on the way: whether it was done is not known
)

// CodeIdleTime is the fault of a guest that does not allow the idle time asked for a shell.
const CodeIdleTime = 2150859250

const (
	codeOperationTimeout = 2150858793
	codeFailedAuth       = 2150858806
)

const (
	tooLarge      = "the message is larger than the guest takes"
	raiseEnvelope = "on the guest, in cmd.exe: winrm set winrm/config @{MaxEnvelopeSizekb=\"500\"}"
	needAdmin     = "the user must be an administrator of the guest, and remote logins of local administrators not filtered (LocalAccountTokenFilterPolicy)"
	fewerUsers    = "end other WinRM clients of this user, or raise it in winrm/config/winrs on the guest"
	closedInput   = "the command reads no more input"
	busyInput     = "the input before it is still being written"
	ourBug        = "this is a fault of vnettune: report it"
)

// codes says what each code means and what to do (names and numbers: windows-rs
// constants, docs/facts/winrm.md 2; handling is ours).
var codes = map[uint64]struct {
	name   string // without ERROR_
	kind   Kind
	means  string
	remedy string
}{
	codeOperationTimeout: {"WSMAN_OPERATION_TIMEDOUT", Wait, "nothing to report within the operation timeout", ""},

	2150858843: {"WSMAN_UNEXPECTED_SELECTORS", Shell, "the shell is gone (reboot, service restart or idle timeout)", ""},
	2150859082: {"WSMAN_SHELL_ALREADY_CLOSED", Shell, "the shell was closed already", ""},
	2150859084: {"WSMAN_SHELL_INVALID_SHELL_HANDLE", Shell, "the shell is gone", ""},
	2150859085: {"WSMAN_SHELL_INVALID_COMMAND_HANDLE", Shell, "the command is not known to the shell", ""},
	2150859087: {"WSMAN_COMMAND_ALREADY_CLOSED", Shell, "the command was closed already", ""},
	2150859118: {"WSMAN_SHELL_NOT_INITIALIZED", Shell, "the shell is not ready", ""},
	2147943418: {"KEY_DELETED", Shell, "the user's profile is being unloaded", ""},

	2150859173: {"WSMAN_QUOTA_MAX_SHELLS", Quota, "this user has too many shells open on the guest", "end other WinRM clients of this user or restart the guest's WinRM service, or raise MaxShellsPerUser: winrm set winrm/config/winrs @{MaxShellsPerUser=\"30\"}"},
	2150859174: {"WSMAN_QUOTA_MAX_OPERATIONS", Full, "too many operations of this user at once", "raise MaxConcurrentOperationsPerUser in winrm/config/service on the guest"},
	2150859175: {"WSMAN_QUOTA_USER", Quota, "too many requests of this user at once", fewerUsers},
	2150859176: {"WSMAN_QUOTA_SYSTEM", Quota, "too many requests at once on the guest", "end other WinRM clients of the guest"},
	2150859179: {"WSMAN_QUOTA_MAX_SHELLUSERS", Quota, "too many users have shells open on the guest", "raise MaxConcurrentUsers in winrm/config/winrs on the guest"},
	2150859236: {"WSMAN_QUOTA_MAX_SHELLS_PPQ", Quota, "this user has too many shells open on the guest", fewerUsers},
	2150859237: {"WSMAN_QUOTA_MAX_USERS_PPQ", Quota, "too many users at once on the guest", fewerUsers},
	2150859238: {"WSMAN_QUOTA_MAX_PLUGINSHELLS_PPQ", Quota, "too many shells are open on the guest", fewerUsers},
	2150859239: {"WSMAN_QUOTA_MAX_PLUGINOPERATIONS_PPQ", Quota, "too many operations at once on the guest", fewerUsers},
	2150859240: {"WSMAN_QUOTA_MAX_OPERATIONS_USER_PPQ", Quota, "too many operations of this user at once", fewerUsers},
	2150859241: {"WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ", Quota, "too many commands in one shell", "raise MaxProcessesPerShell in winrm/config/winrs on the guest"},
	2150858815: {"WSMAN_QUOTA_LIMIT", Quota, "a quota of the guest is used up", "see winrm get winrm/config on the guest"},

	2150858790: {"WSMAN_ENVELOPE_TOO_LARGE", Other, tooLarge, raiseEnvelope},
	2150858805: {"WSMAN_ENCODING_LIMIT", Other, tooLarge, raiseEnvelope},
	2150858823: {"WSMAN_MAX_ENVELOPE_SIZE", Other, tooLarge, raiseEnvelope},
	2150858824: {"WSMAN_MAX_ENVELOPE_SIZE_EXCEEDED", Other, tooLarge, raiseEnvelope},
	2150858825: {"WSMAN_SERVER_ENVELOPE_LIMIT", Other, tooLarge, raiseEnvelope},
	2150859025: {"WSMAN_HTTP_REQUEST_TOO_LARGE_STATUS", Other, tooLarge, raiseEnvelope},
	2147942606: {"FILENAME_EXCED_RANGE", Other, "the command line is too long for the guest", ourBug},

	// What a Send is answered with (docs/facts/winrm.md 2), each as an error of Windows and as its HRESULT.
	109:        {"BROKEN_PIPE", Closed, closedInput, ""},
	2147942509: {"BROKEN_PIPE", Closed, closedInput, ""},
	232:        {"NO_DATA", Closed, closedInput, ""},
	2147942632: {"NO_DATA", Closed, closedInput, ""},
	170:        {"BUSY", Busy, busyInput, ""},
	2147942570: {"BUSY", Busy, busyInput, ""},
	1460:       {"TIMEOUT", Unsure, "given up because it took too long", ""},
	2147943860: {"TIMEOUT", Unsure, "given up because it took too long", ""},

	2150859026: {"WSMAN_HTTP_SERVICE_UNAVAILABLE_STATUS", Gone, "the WinRM service is not running, or not yet", ""},
	2150859027: {"WSMAN_HTTP_NOT_FOUND_STATUS", Other, "nothing listens for WinRM at that address", "check guest.control"},
	2150859120: {"WSMAN_HTTP_STATUS_SERVER_ERROR", Gone, "the WinRM service failed", ""},
	2150858770: {"WSMAN_DESTINATION_UNREACHABLE", Gone, "the service cannot be reached", ""},
	2150859046: {"WSMAN_NETWORK_TIMEDOUT", Gone, "the network timed out", ""},
	2150859212: {"WSMAN_COMMAND_TERMINATED", Gone, "the command was ended from outside", ""},
	2150859230: {"WSMAN_SERVICE_STREAM_DISCONNECTED", Gone, "the command's streams were cut", ""},
	995:        {"OPERATION_ABORTED", Gone, "the service is stopping or the command was killed", ""},

	codeFailedAuth: {"WSMAN_FAILED_AUTHENTICATION", Other, "the guest refuses the user or the password", ""},
	5:              {"ACCESS_DENIED", Other, "access denied", needAdmin},
	2147942405:     {"E_ACCESSDENIED", Other, "access denied", needAdmin},
	2150859180:     {"WSMAN_REMOTESHELLS_NOT_ALLOWED", Other, "remote shells are not allowed on the guest", "on the guest, in cmd.exe: winrm set winrm/config/winrs @{AllowRemoteShellAccess=\"true\"}"},
	2150859235:     {"WSMAN_REMOTE_CONNECTION_NOT_ALLOWED", Other, "connections from other machines are not allowed on the guest", "check the listener and a group policy of the service"},

	CodeIdleTime: {"WINRS_IDLETIMEOUT_OUTOFBOUNDS", Other, "the guest does not allow the idle time asked for a shell", "raise MaxIdleTimeoutms in winrm/config/service or IdleTimeout in winrm/config/winrs on the guest"},

	2150858753: {"WSMAN_INVALID_ACTIONURI", Other, "the guest does not know the action", ourBug},
	2150858811: {"WSMAN_INVALID_RESOURCE_URI", Other, "the guest does not know the resource", ourBug},
	2150858817: {"WSMAN_SCHEMA_VALIDATION_ERROR", Other, "the guest finds the message malformed", ourBug},
}
