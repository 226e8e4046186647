package record

// Host is the facts of the host that decide as much as the guest's settings. The
// members stand in the order of their names in JSON, as stores have them.
type Host struct {
	CongestionControl string   `json:"congestion_control"`
	CPU               string   `json:"cpu"`                    // the model's name
	DataAddress       string   `json:"data_address,omitempty"` // under test; "" in stores before it was kept
	Governor          string   `json:"governor"`               // of the first CPU's frequency
	IPerf2            string   `json:"iperf2,omitempty"`       // what iperf2 on the host prints with -v; "" where no workload needs it
	IPerf3            string   `json:"iperf3"`                 // what iperf3 on the host or the peer prints with -v
	Kernel            string   `json:"kernel"`
	Lab               *Lab     `json:"lab,omitempty"`     // nil: the guest is no stand-in of this host
	Name              string   `json:"name,omitempty"`    // of the host; "" in stores before it was kept
	NoMetricsSave     string   `json:"no_metrics_save"`   // tcp_no_metrics_save of the host's stack
	Path              *Path    `json:"path,omitempty"`    // to the guest; nil in stores before it was kept
	Peer              *Peer    `json:"peer,omitempty"`    // the other end of the measurement; nil: this host
	Process           int      `json:"process,omitempty"` // id of the one that ran the session; 0 in stores before it was kept
	VM                *VM      `json:"vm,omitempty"`      // of the guest; nil in stores before it was kept
	VNetTune          string   `json:"vnettune"`          // version of the program
	Hygiene           *Hygiene `json:"hygiene,omitempty"` // nil in stores before it was kept
}

// Lab is the stand-in guest that a campaign ran on: what it is, and what may be known
// of its access. Where its password and keys lie is not kept.
type Lab struct {
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`
	Generation   string   `json:"generation"` // of Windows
	Language     string   `json:"language"`
	Build        string   `json:"build,omitempty"`  // of Windows, where one was chosen
	Driver       string   `json:"driver,omitempty"` // of the adapter, where one was chosen
	DelayMS      float64  `json:"delayMs"`          // round trip's delay in milliseconds
	Rate         int      `json:"rate,omitempty"`   // of its link in both directions, in Mbit/s; 0: as fast as it goes
	Untold       []string `json:"untold,omitempty"` // what was true of it although no reading said so
	Faults       []string `json:"faults"`
	WinRM        []string `json:"winrm"`        // switches of its service
	GuestAddress string   `json:"guestAddress"` // inside the lab's namespace
	HostAddress  string   `json:"hostAddress"`
	HTTPPort     int      `json:"httpPort"`
	HTTPSPort    int      `json:"httpsPort"`
	User         string   `json:"user"`
	Fingerprint  string   `json:"fingerprint"` // SHA-256 of the HTTPS certificate, lower-case hex

	KeeperPID     int    `json:"keeperPid"`
	KeeperStart   uint64 `json:"keeperStart"`   // its start time in clock ticks since the host's boot
	UserNamespace bool   `json:"userNamespace"` // the keeper has a user namespace of its own

	Disk        string  `json:"disk,omitempty"`        // id of the boot disk; "" in stores before it was kept
	Accelerator string  `json:"accelerator,omitempty"` // kvm or tcg; empty for a lab in a namespace
	Kernel      string  `json:"kernel,omitempty"`      // release of the guest's kernel; empty: the host's
	FirstAnswer float64 `json:"firstAnswerSeconds"`    // from the machine's start to WinRM's first answer
}
