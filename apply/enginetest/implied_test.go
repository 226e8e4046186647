package enginetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/results/record"
)

const (
	tcpip    = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	classKey = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`
	nonce    = "0123456789abcdef0123456789abcdef"
	written  = `HKLM\SOFTWARE\vnettune-written`
)

// asked are the values of the kit's registry that read is asked for, and what they hold.
var asked = []struct {
	name string
	want record.State
}{
	{"Tcp1323Opts", record.State{Exists: true, Kind: "DWord", Data: "4294967294"}},
	{"Big", record.State{Exists: true, Kind: "QWord", Data: "18446744073709551615"}},
	{"Bin", record.State{Exists: true, Kind: "Binary", Data: "00ff10"}},
	{"Multi", record.State{Exists: true, Kind: "MultiString", Data: "a\nb"}},
	{"Expand", record.State{Exists: true, Kind: "ExpandString", Data: "%PATH%"}},
	{"None", record.State{Exists: true, Kind: "None"}},
	{"Empty", record.State{Exists: true, Kind: "String"}},
	{"Cyr", record.State{Exists: true, Kind: "String", Data: "Сеть \U0001f680"}},
	{"missing", record.State{}},
}

// steps are one of each kind that write does.
var steps = []terms.Step{
	{Op: "registry-set", Path: written, Name: "D", Kind: "DWord", Data: "4294967295"},
	{Op: "registry-set", Path: written, Name: "Q", Kind: "QWord", Data: "18446744073709551615"},
	{Op: "registry-set", Path: written, Name: "B", Kind: "Binary", Data: "00ff"},
	{Op: "registry-set", Path: written, Name: "M", Kind: "MultiString", Data: "a\nb"},
	{Op: "registry-set", Path: written, Name: "E", Kind: "ExpandString", Data: "%PATH%"},
	{Op: "registry-set", Path: written, Name: "S", Kind: "String", Data: `'"; exit 7 #` + "Größe"},
	{Op: "registry-delete", Path: written, Name: "S"},
	{Op: "netsh", Args: []string{"interface", "tcp", "set", "global", "autotuninglevel=normal"}},
	{Op: "power", Data: "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c"},
}

// restart is a request to restart the first adapter of the kit's states.
var restart = terms.RestartInput{Token: nonce, GUID: "{4C9D2C0E-0000-4000-8000-000000000001}", Delay: 3, Limit: 60, Script: scripts.Source(scripts.Restarting)}

// input is what a script reads in each state. A script that is not named here reads an empty
// object, and only the form of its answer is looked at.
func (k *kit) input(n scripts.Name) string {
	read := terms.ReadInput{TCP: true, Ports: []int{5985}, Interfaces: []int{4}, Identity: true}
	for _, a := range asked {
		read.Registry = append(read.Registry, terms.RegistryValue{Path: tcpip, Name: a.name})
	}
	in, ok := map[scripts.Name]any{
		scripts.Read:      read,
		scripts.Write:     map[string]any{"steps": steps},
		scripts.Boot:      map[string]string{"set": nonce},
		scripts.Arm:       deadman.Input{Action: deadman.ActionArm, Limit: 600, Script: "exit 0", Commands: "@echo off", Registry: "Windows Registry Editor Version 5.00", Steps: steps[:1]},
		scripts.Prove:     deadman.Input{Action: deadman.ActionProve, Limit: 1},
		scripts.DeadMan:   deadman.Input{Action: "status"},
		scripts.Health:    map[string]string{"host": "192.0.2.1"},
		scripts.IPerf:     map[string]any{"action": "status", "exe": k.iperf(), "port": 5201},
		scripts.Firewall:  map[string]string{"exe": `C:\vnettune\iperf3.exe`},
		scripts.Restart:   restart,
		scripts.Restarted: map[string]string{"action": terms.RestartRemove},
		scripts.Put:       terms.MeterPiece{SHA256: strings.Repeat("0", 64), Size: 8, Data: []byte("meter")},
		scripts.Meter:     terms.MeterInput{Action: terms.MeterRemove, Port: 5202},
		"driver":          map[string]string{"classKey": classKey},
		"effect":          map[string]string{"classKey": classKey},
		scripts.Copy:      terms.CopyInput{Bytes: 1 << 20, Rounds: 3},
		scripts.Idle:      terms.IdleInput{Need: 1, Window: 20, Below: 20, Limit: 50},
		scripts.Counters:  terms.CountersInput{GUID: restart.GUID},
	}[n]
	if !ok {
		in = struct{}{}
	}
	b, err := json.Marshal(in)
	if err != nil {
		panic(err) // of plain values
	}
	return string(b)
}

// iperf is the program that plays iperf3, as the engine sees its path.
func (k *kit) iperf() string { return `Z:` + strings.ReplaceAll(k.dir, "/", `\`) + `\bin\iperf3.exe` }

// says is a guest that gives one answer to every command line.
type says struct{ answer }

func (s says) Run(context.Context, string, []byte) (winrm.Result, error) {
	return winrm.Result{Exit: s.Exit, Stdout: []byte(s.Stdout)}, nil
}
func (says) Ping(context.Context) error { return nil }
func (says) Forget()                    {}

// lists are the members of answers that are lists, whatever is in them.
var lists = map[scripts.Name][]string{
	scripts.Facts:  {"adapters", "pending"},
	scripts.Read:   {"registry", "dump", "templates", "applied", "interfaces"},
	scripts.Write:  {"steps"},
	scripts.Health: {"networks"},

	scripts.Firewall: {"rules"},
	scripts.Counters: {"processors"},
	scripts.UDP:      {"dump"},
	scripts.Copy:     {"ticks"},
}

// form is what is wrong with an answer whatever the state: it is one line of ASCII, one JSON
// object, and the exit code says whether it is an error.
func form(n scripts.Name, a answer) []string {
	if slices.Contains(leaving, n) {
		if a.Stdout != "" || a.Exit != 0 || a.TimedOut {
			return []string{fmt.Sprintf("it says %q and ends with %d", a.Stdout, a.Exit)}
		}
		return nil
	}
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	line, whole := strings.CutSuffix(a.Stdout, "\n")
	if !whole || strings.Contains(line, "\n") {
		add("not one line: %q", a.Stdout)
	}
	if strings.ContainsFunc(a.Stdout, func(r rune) bool { return r > 0x7e }) {
		add("not ASCII: %q", a.Stdout)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.Stdout), &members); err != nil {
		add("no JSON object: %v: %q", err, a.Stdout)
	}
	_, failed := members["error"]
	if want := map[bool]int{false: 0, true: 1}[failed]; a.Exit != want || a.TimedOut {
		add("exit code %d, want %d for %s", a.Exit, want, line)
	}
	if failed && len(members) != 1 {
		add("an error with an answer: %s", line)
	}
	for _, name := range lists[n] {
		text := strings.TrimSpace(string(members[name]))
		var wrapped struct {
			Value *[]any `json:"value"`
		}
		if failed || text == "" || text == "null" || strings.HasPrefix(text, "[") || json.Unmarshal([]byte(text), &wrapped) == nil && wrapped.Value != nil {
			continue
		}
		add("%s is no list: %s", name, text)
	}
	return wrong
}

// mismatches compares an answer with what the state implies.
func (k *kit) mismatches(n scripts.Name, s state, a answer) []string {
	wrong := form(n, a)
	if len(wrong) > 0 {
		return wrong
	}
	diff := func(want, got any) {
		if d := cmp.Diff(want, got); d != "" {
			wrong = append(wrong, d)
		}
	}
	failed := strings.HasPrefix(a.Stdout, `{"error"`)
	if want, known := s.fails(n); known && want != failed {
		return append(wrong, fmt.Sprintf("fails: %t, want %t: %s", failed, want, a.Stdout))
	}
	if failed {
		return wrong
	}
	switch n {
	case scripts.Facts:
		diff(s.facts(), decoded[record.Guest](&wrong, a))
	case scripts.Read:
		diff(s.read(), decoded[terms.ReadAnswer](&wrong, a))
	case scripts.Health:
		got, err := apply.New(says{a}, netip.MustParseAddr("192.0.2.2"), 5985, nil).Health(context.Background(), netip.MustParseAddr("192.0.2.1"))
		if err != nil && !strings.Contains(err.Error(), "guest facts") {
			wrong = append(wrong, err.Error())
		}
		if err != nil {
			got = decoded[terms.Health](&wrong, a)
		}
		got.Problems = map[string]string{}
		for part := range decoded[terms.Health](&wrong, a).Problems {
			got.Problems[part] = ""
		}
		got.Networks = nilled(got.Networks)
		diff(s.health(), got)
	case scripts.Boot:
		got := decoded[terms.BootAnswer](&wrong, a)
		got.Now = 0
		diff(s.boot(), got)
	case scripts.DeadMan, scripts.Arm:
		got := decoded[deadman.State](&wrong, a)
		diff(n == scripts.Arm, got.Armed)
		diff(n == scripts.Arm, got.Due != nil)
	case scripts.Restart:
		diff(nonce, decoded[struct{ Token string }](&wrong, a).Token)
	case scripts.Restarted:
		diff(terms.RestartAnswer{}, decoded[terms.RestartAnswer](&wrong, a)) // it was taken away
	case scripts.Put:
		diff(terms.MeterPut{Size: len("meter")}, decoded[terms.MeterPut](&wrong, a))
	case scripts.Meter:
		got := decoded[terms.MeterServer](&wrong, a)
		got.Exe = strings.ToLower(got.Exe)
		diff(terms.MeterServer{Exe: `c:\program files\vnettune\meter.exe`}, got)
	case scripts.IPerf:
		got := decoded[terms.IPerfServer](&wrong, a)
		diff(terms.IPerfServer{Exe: k.iperf(), Version: "iperf 3.21 (cJSON 1.7.15)\nCYGWIN_NT-10.0-19045"}, got)
	case scripts.Idle:
		got := decoded[terms.IdleAnswer](&wrong, a)
		for part := range got.Problems {
			got.Problems[part] = ""
		}
		if _, counters := s.objects("Win32_PerfRawData_PerfOS_Processor"); counters && got.Elapsed < 50 {
			wrong = append(wrong, fmt.Sprintf("it looked at a guest whose counters stand still for %d ms only", got.Elapsed))
		}
		got.Elapsed = 0
		diff(s.idle(), got)
	case scripts.Copy:
		got := decoded[terms.CopyAnswer](&wrong, a)
		if slices.Min(append(got.Ticks, 1)) < 1 || got.Frequency < 1_000_000 {
			wrong = append(wrong, fmt.Sprintf("its clock has %d ticks a second, and the copies took %d", got.Frequency, got.Ticks))
		}
		diff(terms.CopyAnswer{Bytes: 1 << 20, Ticks: make(record.List[int64], 3)}, terms.CopyAnswer{Bytes: got.Bytes, Ticks: make(record.List[int64], len(got.Ticks))})
	case scripts.Counters:
		got := decoded[terms.CountersAnswer](&wrong, a)
		for part := range got.Problems {
			got.Problems[part] = ""
		}
		diff(s.counters(), got)
	case scripts.Firewall:
		diff(blocking, decoded[terms.Firewall](&wrong, a))
	case scripts.UDP:
		diff(terms.UDPAnswer{Problems: map[string]string{}, Dump: record.List[string]{"set global uro=disabled"}}, decoded[terms.UDPAnswer](&wrong, a))
	case scripts.Token:
		// Wine has a part of what .NET asks of a token only: the claims cannot be read, and that is said.
		uac, got := 1, decoded[terms.Token](&wrong, a)
		for part := range got.Problems {
			got.Problems[part] = ""
		}
		diff(terms.Token{Problems: map[string]string{"filtered": ""}, UAC: &uac}, got)
	case scripts.Write:
		got := decoded[struct {
			Steps record.List[terms.StepAnswer] `json:"steps"`
		}](&wrong, a)
		diff(slices.Repeat([]terms.StepAnswer{{OK: true}}, len(steps)), []terms.StepAnswer(got.Steps))
	}
	return wrong
}

// decoded is the answer as apply takes it.
func decoded[T any](wrong *[]string, a answer) T {
	var v T
	if err := json.Unmarshal([]byte(a.Stdout), &v); err != nil {
		*wrong = append(*wrong, err.Error())
	}
	switch v := any(&v).(type) {
	case *record.Guest: // what no state implies
		v.ComputerName, v.MachineGUID, v.PSVersion, v.Now = "", "", "", 0
		for part := range v.Problems {
			v.Problems[part] = ""
		}
		for i := range v.Adapters {
			if len(v.Adapters[i].Addresses) == 0 {
				v.Adapters[i].Addresses = nil
			}
		}
	case *terms.ReadAnswer:
		v.Identity.MachineGUID = ""
		for part := range v.Problems {
			v.Problems[part] = ""
		}
		v.Registry, v.Templates, v.Applied, v.Interfaces = nilled(v.Registry), nilled(v.Templates), nilled(v.Applied), nilled(v.Interfaces)
	case *terms.Health:
		v.Networks = nilled(v.Networks)
	}
	return v
}

func nilled[T any](l record.List[T]) record.List[T] {
	if len(l) == 0 {
		return nil
	}
	return l
}

// fails says whether a script as a whole ends with an error in the state; known is false
// where that is not looked at.
func (s state) fails(n scripts.Name) (fails, known bool) {
	os, hasOS := s.objects("Win32_OperatingSystem")
	switch n {
	case scripts.Facts, scripts.Read, scripts.Write, scripts.Health, scripts.Firewall, scripts.Token, scripts.UDP, scripts.Revert, scripts.Restarting, scripts.Idle, scripts.Copy, scripts.Counters, scripts.Put: // of a piece that is not the last, the rights are not looked at
		return false, true
	case scripts.Boot:
		return !hasOS || len(os) == 0 || os[0]["LastBootUpTime"] == nil, true
	case scripts.Prove:
		return true, true // nothing is armed in any state
	case scripts.DeadMan, scripts.Restarted:
		return s.refuses("Get-ScheduledTask", ""), true
	case scripts.Restart:
		return s.adapters(restart.GUID) != 1 || s.SDDL != "" || s.refuses("Get-Acl", "") || s.refuses("New-ScheduledTaskTrigger", "") || s.refuses("Register-ScheduledTask", ""), true
	case scripts.Meter:
		_, ok := s.objects("Win32_Process")
		return !ok || s.refuses("Get-NetTCPConnection", "Listen"), true
	case scripts.Arm:
		return s.SDDL != "" || s.refuses("Get-ScheduledTask", "") || s.refuses("Get-Acl", "") || s.refuses("New-ScheduledTaskTrigger", "") || s.refuses("Register-ScheduledTask", ""), true
	case scripts.IPerf:
		_, ok := s.objects("Win32_Process")
		return !ok || s.refuses("Get-NetTCPConnection", "Listen"), true
	}
	return false, false
}

// adapters are how many have a GUID; 0 where they cannot be asked.
func (s state) adapters(guid string) int {
	n := 0
	all, _ := s.objects("MSFT_NetAdapter")
	for _, a := range all {
		if strings.EqualFold(a.text("InterfaceGuid"), guid) {
			n++
		}
	}
	return n
}

// blocking are the rules of seed that block iperf3.
var blocking = terms.Firewall{Problems: map[string]string{}, Rules: record.List[terms.BlockRule]{
	{Name: "Blocks", Store: "local", Rule: `v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=C:\VNETTUNE\iperf3.exe|Name=Größe|`},
	{Name: "Everything", Store: terms.StorePolicy, Rule: "v2.31|Action=Block|Active=TRUE|Dir=In|Name=e|"},
}}

// problem are the parts that cannot be asked.
func problems(parts map[string]bool) map[string]string {
	p := map[string]string{}
	for part, is := range parts {
		if is {
			p[part] = ""
		}
	}
	return p
}

func (s state) facts() record.Guest {
	var g record.Guest
	os, hasOS := s.objects("Win32_OperatingSystem")
	adapters, hasAdapters := s.objects("MSFT_NetAdapter")
	addresses, hasAddresses := s.objects("MSFT_NetIPAddress")
	g.Problems = problems(map[string]bool{"os": !hasOS, "adapters": !hasAdapters, "addresses": !hasAddresses})
	if len(os) > 0 {
		g.Build, _ = strconv.Atoi(os[0].text("BuildNumber"))
		g.ProductType, g.Caption, g.OSLanguage = os[0].number("ProductType"), os[0].text("Caption"), os[0].number("OSLanguage")
		if at, err := time.Parse(time.RFC3339, os[0].text("LastBootUpTime")); err == nil {
			g.BootTime = record.FiletimeOf(at)
		}
	}
	if product, _ := s.objects("Win32_ComputerSystemProduct"); len(product) > 0 {
		g.UUID = product[0].text("UUID")
	}
	g.OEMCodePage = "437"
	g.Pending = record.List[string]{}
	if hasAdapters {
		g.Adapters = record.List[record.Adapter]{}
	}
	for _, a := range adapters {
		if a["PnPDeviceID"] == nil {
			continue
		}
		r := record.Adapter{GUID: a.text("InterfaceGuid"), Index: a.number("InterfaceIndex"), Name: a.text("Name"), Description: a.text("InterfaceDescription"),
			PNPID: a.text("PnPDeviceID"), DriverVersion: a.text("DriverVersionString"), MAC: a.text("PermanentAddress"),
			Up: a.number("InterfaceOperationalStatus") == 1, MTU: a.number("MtuSize"), Keywords: map[string]string{}}
		if r.GUID == "{4C9D2C0E-0000-4000-8000-000000000001}" {
			r.ClassKey, r.Keywords = classKey, map[string]string{"*LsoV2IPv4": "1", "RxCapacity": "1024"}
		}
		for _, ip := range addresses {
			if ip["IPAddress"] != nil && ip.number("InterfaceIndex") == r.Index {
				r.Addresses = append(r.Addresses, ip.text("IPAddress"))
			}
		}
		g.Adapters = append(g.Adapters, r)
	}
	return throughJSON(g)
}

// throughJSON lets the guest's words in by the same door as an answer's.
func throughJSON(g record.Guest) record.Guest {
	b, err := json.Marshal(g)
	if err != nil {
		panic(err) // of plain values
	}
	p := g.Problems
	g = record.Guest{}
	if err := json.Unmarshal(b, &g); err != nil {
		panic(err)
	}
	g.Problems = p
	for i := range g.Adapters {
		g.Adapters[i].Addresses = nilled(g.Adapters[i].Addresses)
	}
	return g
}

func (s state) read() terms.ReadAnswer {
	var r terms.ReadAnswer
	for _, a := range asked {
		r.Registry = append(r.Registry, a.want)
	}
	r.Dump = record.List[string]{"set global rss=enabled autotuninglevel=normal congestionprovider=cubic"}
	templates, hasTemplates := s.objects("MSFT_NetTCPSetting")
	words := !s.refuses("Get-NetTCPSetting", "")
	connections := !s.refuses("Get-NetTCPConnection", "Established")
	interfaces, hasInterfaces := s.objects("MSFT_NetIPInterface")
	for _, o := range templates {
		values := map[string]json.RawMessage{}
		for name, v := range o {
			if _, isText := v.(string); v != nil && !isText && name != "CongestionProvider" {
				values[name], _ = json.Marshal(v)
			}
		}
		if word := s.Congestion[o.text("SettingName")]; word != "" && words {
			values["CongestionProvider"], _ = json.Marshal(word)
		}
		r.Templates = append(r.Templates, struct {
			Name   string                     `json:"name"`
			Values map[string]json.RawMessage `json:"values"`
		}{o.text("SettingName"), values})
	}
	var used []string
	for _, c := range s.Connections {
		if connections && c.text("State") == "Established" && c.number("LocalPort") == 5985 {
			used = append(used, c.text("AppliedSetting"))
		}
	}
	slices.Sort(used)
	for _, name := range slices.Compact(used) {
		r.Applied = append(r.Applied, struct {
			Port     int    `json:"port"`
			Template string `json:"template"`
		}{5985, name})
	}
	found, mtu := 0, 0
	for _, i := range interfaces {
		if i.number("InterfaceIndex") == 4 && i.number("AddressFamily") == 2 {
			if found++; found == 1 {
				mtu = i.number("NlMtu")
			}
		}
	}
	if hasInterfaces {
		r.Interfaces = append(r.Interfaces, struct {
			Index int `json:"index"`
			MTU   int `json:"mtu"` // 0 where the guest did not say
		}{4, mtu})
	}
	if product, _ := s.objects("Win32_ComputerSystemProduct"); len(product) > 0 {
		r.Identity.UUID = product[0].text("UUID")
	}
	r.Problems = problems(map[string]bool{"templates": !hasTemplates, "congestion": !words, "applied": !connections, "interfaces": !hasInterfaces || found != 1})
	return r
}

func (s state) health() terms.Health {
	yes := true
	power := "381b4222-f694-41f0-9685-ff5bb260df2e"
	h := terms.Health{Administrator: &yes, Registry: &yes, Task: &yes, Power: &power, Start: &terms.ServiceStart{Type: 2}, Own: map[string]string{}}
	scheduler := !s.refuses("New-Object", "Schedule.Service")
	if !scheduler {
		h.Task = nil
	}
	config := !s.refuses("Get-WSManInstance", "winrm/config")
	if config {
		number := func(n int) *int { return &n }
		flag := func(name string) *bool { b := s.WSMan.text(name) == "true"; return &b }
		h.WinRM = &terms.WinRMConfig{MaxEnvelopeKiB: number(500), IdleTimeout: number(7200000), ShellsPerUser: number(30), ProcessesPerShell: number(25), MemoryPerShellMB: number(1024),
			AllowUnencrypted: flag("allowUnencrypted"), Basic: flag("basic"), Negotiate: flag("negotiate"), Kerberos: flag("kerberos"), Certificate: flag("certificate")}
	}
	route := s.Route != nil && !s.refuses("Find-NetRoute", "")
	if route {
		h.Route = &terms.Route{Index: s.Route.number("ifIndex"), Source: s.Route.text("source")}
	}
	networks, hasNetworks := s.objects("MSFT_NetConnectionProfile")
	for _, n := range networks {
		one := terms.Network{Index: n.number("InterfaceIndex")}
		if n["NetworkCategory"] != nil {
			c := n.number("NetworkCategory")
			one.Category = &c
		}
		h.Networks = append(h.Networks, one)
	}
	h.Problems = problems(map[string]bool{"task": !scheduler, "winrm": !config, "networks": !hasNetworks,
		"route": !route && !slices.Contains(s.Missing, "Find-NetRoute")})
	return h
}

// idle is what can be known of counters that stand still: nothing. The kit has no disks, and no
// processor time of a process.
func (s state) idle() terms.IdleAnswer {
	_, counters := s.objects("Win32_PerfRawData_PerfOS_Processor")
	_, processes := s.objects("Win32_Process")
	return terms.IdleAnswer{Problems: problems(map[string]bool{"processor": !counters, "disk": true, "processes": !processes})}
}

// counters are the totals of the processors. The kit has none of an adapter.
func (s state) counters() terms.CountersAnswer {
	all, hasProcessors := s.objects("Win32_PerfRawData_PerfOS_Processor")
	c := terms.CountersAnswer{Problems: problems(map[string]bool{"processor": !hasProcessors, "adapter": true})}
	total := func(o object, name string) *uint64 {
		if o[name] == nil {
			return nil
		}
		return new(uint64(o[name].(float64)))
	}
	c.Processors = record.List[terms.ProcessorCounters]{} // empty where they cannot be asked
	for _, o := range all {
		if o.text("Name") != "_Total" {
			c.Processors = append(c.Processors, terms.ProcessorCounters{Name: o.text("Name"), At: total(o, "Timestamp_Sys100NS"), Idle: total(o, "PercentProcessorTime"), DPC: total(o, "PercentDPCTime"), Interrupt: total(o, "PercentInterruptTime")})
		}
	}
	return c
}

func (s state) boot() terms.BootAnswer {
	os, _ := s.objects("Win32_OperatingSystem")
	at, err := time.Parse(time.RFC3339, os[0].text("LastBootUpTime"))
	if err != nil {
		panic(err) // of the kit's states
	}
	b := terms.BootAnswer{BootTime: record.FiletimeOf(at), Token: true}
	if len(s.Events) > 0 && !s.refuses("Get-WinEvent", "") {
		event := fmt.Sprint(s.Events[0].number("RecordId"))
		b.BootEvent = &event
	}
	return b
}

// report fails a test with the first of many mismatches.
func report(t *testing.T, mismatches []string) {
	t.Helper()
	for _, m := range mismatches[:min(len(mismatches), 20)] {
		t.Error(m)
	}
	if len(mismatches) > 20 {
		t.Errorf("and %d more", len(mismatches)-20)
	}
}
