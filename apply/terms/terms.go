// Package terms has the questions that a Guest asks and the answers that it takes, in
// the same terms whatever dialect of Windows says them.
//
// It stands between apply, which decides what is asked, and the dialects, which say
// it: the constant scripts in apply itself and the command lines of apply/cmdline. The
// JSON forms are those of scripts/CONTRACT.md.
package terms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vnettune/apply/winrm"
	"vnettune/foreign"
	"vnettune/results/record"
)

// Runner runs commands on a guest. winrm.Client is one.
type Runner interface {
	// Run runs a command line with stdin and waits for its end.
	Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error)
	// Ping says whether the guest's control port takes connections.
	Ping(ctx context.Context) error
	// Forget drops everything that a reboot ends.
	Forget()
}

// Clock tells the host's time and waits; tests have their own.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// ErrNotAsked says that a question has no form on this generation of Windows.
var ErrNotAsked = errors.New("not asked on this generation")

// OwnKey is the harness's own registry key in the guest.
const OwnKey = `HKLM\SOFTWARE\vnettune`

// ReadInput asks for what places hold.
type ReadInput struct {
	Registry   []RegistryValue `json:"registry"`
	TCP        bool            `json:"tcp"` // netsh's dump, and CIM's templates
	Ports      []int           `json:"ports"`
	Interfaces []int           `json:"interfaces"`
	Identity   bool            `json:"identity,omitempty"` // which machine this is
}

// RegistryValue names a value in the registry.
type RegistryValue struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

// ReadAnswer answers a ReadInput, the registry's values in the order asked. A part that
// could not be asked is empty, and Problems has the guest's words for it.
type ReadAnswer struct {
	Problems  map[string]string         `json:"problems"`
	Registry  record.List[record.State] `json:"registry"`
	Dump      record.List[string]       `json:"dump"`
	Templates record.List[Template]     `json:"templates"`
	Applied   record.List[struct {
		Port     int    `json:"port"`
		Template string `json:"template"`
	}] `json:"applied"`
	Interfaces record.List[struct {
		Index int `json:"index"`
		MTU   int `json:"mtu"` // 0 where the guest did not say
	}] `json:"interfaces"`
	Identity record.Identity `json:"identity"` // of the machine, no more than it can say by itself
}

// Unread is the error of a part that could not be asked; nil where it was.
func (a ReadAnswer) Unread(part string) error {
	if why := a.Problems[part]; why != "" {
		return fmt.Errorf("the guest's %s cannot be read: %s", part, foreign.Words(why))
	}
	return nil
}

// Template is a TCP template of the guest.
type Template struct {
	Name   string                     `json:"name"`
	Values map[string]json.RawMessage `json:"values"`
}

// EffectInput asks what the stack and the driver of an adapter do.
type EffectInput struct {
	ClassKey string `json:"classKey,omitempty"` // the adapter's, "" for what belongs to no adapter
}

// EffectAnswer answers an EffectInput: CIM's numbers, by class and property.
type EffectAnswer struct {
	Problems map[string]string               `json:"problems"` // why a class is not there, in the guest's words
	Classes  map[string]map[string]CIMNumber `json:"classes"`
	Words    map[string]string               `json:"words"` // the guest's own for numbers, by CLASS.PROPERTY
}

// CIMNumber is a number or a boolean of CIM; not Given where there is none.
type CIMNumber struct {
	Given  bool
	Number int // of a boolean, 0 or 1
}

// UnmarshalJSON takes whole numbers and booleans. Whatever else is there is no number.
func (n *CIMNumber) UnmarshalJSON(b []byte) error {
	*n = CIMNumber{}
	switch string(b) {
	case "true":
		*n = CIMNumber{Given: true, Number: 1}
	case "false":
		n.Given = true
	default:
		n.Given = string(b) != "null" && json.Unmarshal(b, &n.Number) == nil
	}
	return nil
}

// UDPAnswer has the lines of netsh's dump of UDP that set something. A dump that could not be
// asked is empty, and Problems has the guest's words for it under "dump".
type UDPAnswer struct {
	Problems map[string]string   `json:"problems"`
	Dump     record.List[string] `json:"dump"`
}

// IdleInput asks whether the guest is idle: how many windows have to be, how long each is, under
// how many percent processors and disks have to be busy, and when to stop looking.
type IdleInput struct {
	Need   int   `json:"need"`
	Window int64 `json:"window"` // ms
	Below  int   `json:"below"`  // percent
	Limit  int64 `json:"limit"`  // ms
}

// IdleAnswer answers an IdleInput.
type IdleAnswer struct {
	Problems  map[string]string `json:"problems"`
	Windows   int               `json:"windows"`   // that could be judged
	Idle      int               `json:"idle"`      // of these
	Processor *float64          `json:"processor"` // mean percent of the time that they were busy
	Disk      *float64          `json:"disk"`
	Busiest   *struct {
		Name         string  `json:"name"`
		Milliseconds float64 `json:"milliseconds"` // of processor time
	} `json:"busiest"`
	Elapsed int64 `json:"elapsed"` // ms
}

// CopyInput asks how fast the guest copies memory: so many bytes, so many times.
type CopyInput struct {
	Bytes  int `json:"bytes"`
	Rounds int `json:"rounds"`
}

// CopyAnswer answers a CopyInput.
type CopyAnswer struct {
	Bytes     int                `json:"bytes"`
	Frequency int64              `json:"frequency"` // ticks of a second
	Ticks     record.List[int64] `json:"ticks"`     // of each copy
}

// CountersInput asks for the running totals of the processors and of the adapter with that GUID.
type CountersInput struct {
	GUID string `json:"guid"` // as the facts have it
}

// CountersAnswer has running totals since the guest's start; nil is one that the guest did not give.
type CountersAnswer struct {
	Problems   map[string]string              `json:"problems"`
	Processors record.List[ProcessorCounters] `json:"processors"`
	Adapter    *struct {
		ReceivedBytes            *uint64 `json:"receivedBytes,string"`
		SentBytes                *uint64 `json:"sentBytes,string"`
		ReceivedUnicastPackets   *uint64 `json:"receivedUnicastPackets,string"`
		SentUnicastPackets       *uint64 `json:"sentUnicastPackets,string"`
		ReceivedDiscardedPackets *uint64 `json:"receivedDiscardedPackets,string"`
		ReceivedPacketErrors     *uint64 `json:"receivedPacketErrors,string"`
		OutboundDiscardedPackets *uint64 `json:"outboundDiscardedPackets,string"`
		OutboundPacketErrors     *uint64 `json:"outboundPacketErrors,string"`
	} `json:"adapter"`
}

// ProcessorCounters are running totals of one processor, in units of 100 ns.
type ProcessorCounters struct {
	Name      string  `json:"name"`
	At        *uint64 `json:"at,string"`
	Idle      *uint64 `json:"idle,string"` // with nothing to do
	DPC       *uint64 `json:"dpc,string"`
	Interrupt *uint64 `json:"interrupt,string"`
}

// RestartInput asks for a task that restarts one adapter after a delay.
type RestartInput struct {
	Token  string `json:"token"`  // 32 hex digits, by which its result is known
	GUID   string `json:"guid"`   // of the adapter, as the facts have it
	Delay  int    `json:"delay"`  // seconds
	Limit  int    `json:"limit"`  // seconds, after which it restarts nothing any more
	Script string `json:"script"` // what the task runs

	*Installation // in the place of a restart
}

// Installation is one of a driver's package that is in the driver store.
type Installation struct {
	INF      string `json:"inf"`      // as the store calls it: oem12.inf
	Hardware string `json:"hardware"` // the id of the devices that get it
	MAC      string `json:"mac"`      // of the adapter that has to be up then
	IPv4     IPv4   `json:"ipv4"`     // which it has to have then
}

// IPv4 is how an adapter has its addresses.
type IPv4 struct {
	DHCP      bool                `json:"dhcp"`
	Addresses record.List[string] `json:"addresses"`
	Masks     record.List[string] `json:"masks"` // one for each address
	Gateways  record.List[string] `json:"gateways"`
	Metrics   record.List[int]    `json:"metrics"` // one for each gateway
	DNS       record.List[string] `json:"dns"`     // set by hand
}

// Has says whether an adapter with these addresses lacks none of those that were set by hand in was.
func (i IPv4) Has(was IPv4) bool {
	return was.DHCP || !i.DHCP && !slices.ContainsFunc(was.Addresses, func(a string) bool { return !slices.Contains(i.Addresses, a) })
}

// PackagePiece is a piece of one file of a driver's package for the guest.
type PackagePiece struct {
	Name   string `json:"name"`   // of the file
	SHA256 string `json:"sha256"` // of the whole file, hexadecimal
	Size   int    `json:"size"`   // of the whole file, in bytes
	Offset int    `json:"offset"` // of the piece
	Data   []byte `json:"data"`
	First  bool   `json:"first"` // of the package: what another one has left goes
}

// DriversInput asks what the guest's driver store has, and how an adapter is installed.
type DriversInput struct {
	GUID    string   `json:"guid"`    // of the adapter, as the facts have it
	INFs    []string `json:"infs"`    // SHA-256 of INF files, hexadecimal
	Catalog *string  `json:"catalog"` // a file that was put; nil: none is asked about
}

// DriversAnswer answers it.
type DriversAnswer struct {
	Published record.List[*string] `json:"published"` // what the store calls each INF; nil where it has it not
	Adapter   struct {
		INF      string `json:"inf"`    // as the store calls it
		Stored   bool   `json:"stored"` // that file is there
		Version  string `json:"version"`
		Hardware string `json:"hardware"`
		Same     int    `json:"same"` // adapters with that hardware id
		IPv4     IPv4   `json:"ipv4"`
	} `json:"adapter"`
	Catalog *struct {
		Status  int     `json:"status"` // 0: its signature is valid
		Signer  *string `json:"signer"` // thumbprint of the certificate
		Trusted bool    `json:"trusted"`
	} `json:"catalog"`
}

// The actions of the script stage.
const (
	StageStage  = "stage"
	StageRemove = "remove"
)

// StageInput has a package that was put taken into the driver store, or packages out of it.
type StageInput struct {
	Action       string          `json:"action"`
	INF          string          `json:"inf,omitempty"`
	SHA256       string          `json:"sha256,omitempty"` // of the INF
	Catalog      string          `json:"catalog,omitempty"`
	Packages     []StagedPackage `json:"packages,omitempty"`
	Certificates []string        `json:"certificates,omitempty"` // thumbprints
}

// StagedPackage is a package in the driver store.
type StagedPackage struct {
	Published string `json:"published"`
	SHA256    string `json:"sha256"` // of its INF
}

// StageAnswer is what came of it.
type StageAnswer struct {
	Published *string                 `json:"published"`
	Steps     record.List[StepAnswer] `json:"steps"`
}

// The actions of the script restarted: to say what came of the last restart, and to take away what
// it left.
const (
	RestartResult = "result"
	RestartRemove = "remove"
)

// RestartAnswer is what the guest has of the last restart of an adapter.
type RestartAnswer struct {
	Task    bool             `json:"task"`    // the task is there
	Token   string           `json:"token"`   // of the result; "" where there is none
	OK      bool             `json:"ok"`      // the adapter was restarted
	Message string           `json:"message"` // why it was not, in the guest's words
	Began   *record.Filetime `json:"began"`
	Ended   *record.Filetime `json:"ended"`
	Status  *int             `json:"status"` // InterfaceOperationalStatus as the task saw it at its end: 1 is up
	Now     *int             `json:"now"`    // and now
}

// Step is one thing to write: registry-set, registry-delete, netsh, power, offload or, of the dead-man switch alone, driver.
type Step struct {
	Op   string   `json:"op"`
	Path string   `json:"path,omitempty"`
	Name string   `json:"name,omitempty"`
	Kind string   `json:"kind,omitempty"`
	Data string   `json:"data,omitempty"`
	Args []string `json:"args,omitempty"`
	MAC  string   `json:"mac,omitempty"`  // of a driver's adapter
	IPv4 *IPv4    `json:"ipv4,omitempty"` // of it
}

// StepAnswer is what came of one step.
type StepAnswer struct {
	OK      bool   `json:"ok"`
	Skipped bool   `json:"skipped"` // an earlier step failed
	Exit    int    `json:"exit"`
	Output  string `json:"output"`
}

// BootAnswer is what a guest says of its boot.
type BootAnswer struct {
	BootTime  record.Filetime `json:"bootTime"`
	Now       record.Filetime `json:"now"`
	Token     bool            `json:"mark"`      // what cannot survive a boot is still there
	BootEvent *string         `json:"bootEvent"` // record number, nil where none can be read
}

// Protocols of servers of iperf2, which take one each.
const (
	TCP = "tcp"
	UDP = "udp"
)

// IPerfServer is the iperf3 server in the guest, and the second one where that is asked for, or those of iperf2.
type IPerfServer struct {
	Exe       string `json:"exe"`
	Version   string `json:"version"` // what it prints with -v
	PID       int    `json:"pid"`
	Listening bool   `json:"listening"`
	Second    bool   `json:"second,omitempty"` // the second one listens as well
	Log       string `json:"log,omitempty"`    // the end of what the server said went wrong, where it was asked for
}

// MeterPiece is a piece of the meter for the guest.
type MeterPiece struct {
	SHA256 string `json:"sha256"` // of the whole program, hexadecimal
	Size   int    `json:"size"`   // of the whole program, in bytes
	Offset int    `json:"offset"` // of the piece
	Data   []byte `json:"data"`
}

// MeterPut is what the guest has of it, or of a package's file.
type MeterPut struct {
	Size int  `json:"size"` // bytes
	Done bool `json:"done"` // it is there whole, and its hash is right
}

// The actions of the script meter.
const (
	MeterStart  = "start"
	MeterStop   = "stop"
	MeterStatus = "status"
	MeterRemove = "remove"
)

// MeterInput asks for one of the actions.
type MeterInput struct {
	Action string `json:"action"`
	Port   int    `json:"port"`
	SHA256 string `json:"sha256,omitempty"` // of the program that is to be started
	Config string `json:"config,omitempty"` // what it reads; a token is in it
}

// MeterServer is the meter in the guest.
type MeterServer struct {
	Exe       string `json:"exe"`
	There     bool   `json:"there"`   // the program is
	Version   string `json:"version"` // what it prints, where it was started
	PID       int    `json:"pid"`     // 0 for none
	Listening bool   `json:"listening"`
	Log       string `json:"log"` // what it said went wrong
}

// Excerpt is the start of a guest's output, on one line with a space behind it, for an
// error message.
func Excerpt(b []byte) string {
	s := foreign.Words(string(b))
	if s == "" {
		return ""
	}
	return s + " "
}
