package snapshottest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/stack"
)

// Snapshot is a Windows at a moment.
type Snapshot struct {
	State    State             `json:"state"`
	Registry string            `json:"registry"` // a .reg file, lines ended by \n
	Files    map[string]string `json:"files"`    // text by path in the guest
}

// State is everything that is asked by commands of PowerShell. Its members are those of the
// engine's states.
type State struct {
	CIM         map[string][]Object `json:"cim"`        // by class
	Congestion  map[string]string   `json:"congestion"` // words of Get-NetTCPSetting by SettingName
	Connections []Object            `json:"connections"`
	Route       Object              `json:"route"` // nil: there is none
	Events      []Object            `json:"events"`
	WSMan       Object              `json:"wsman"`
	SDDL        string              `json:"sddl,omitempty"` // rights of the dead-man switch's folder and files; "": as they are made
	Tasks       Object              `json:"tasks"`
	Server      bool                `json:"server,omitempty"`
}

// Object has properties by name, as JSON has them; nil is null.
type Object map[string]any

// Asked is what a snapshot has to know of the scripts that are going to run.
type Asked struct {
	Ports []int  // whose connections are looked at
	Host  string // to which a route is looked for; "" for none
}

// Of writes a machine down. Connections and the route are those of the machine that this
// process runs on, as they are for the stand-in itself.
func Of(m *machine.Machine, asked Asked) (Snapshot, error) {
	s := State{CIM: objects(m), Congestion: map[string]string{}, Connections: []Object{}, Tasks: Object{}}
	for _, t := range m.Edition().Release.CIMTemplates(m.View().TCP) {
		if word, ok := t.Values["CongestionProvider"].(string); ok {
			s.Congestion[t.Name] = word
		}
	}
	for _, port := range asked.Ports {
		connected, err := processes.Established(port)
		if err != nil {
			return Snapshot{}, err
		}
		if connected {
			s.Connections = append(s.Connections, Object{"State": "Established", "LocalPort": port, "AppliedSetting": m.Template(port).CIM})
		}
		if m.Host().Listening(port) {
			s.Connections = append(s.Connections, Object{"State": "Listen", "LocalPort": port, "AppliedSetting": ""})
		}
	}
	if asked.Host != "" {
		if r, err := m.RouteTo(asked.Host); err == nil {
			s.Route = Object{"ifIndex": r.Index, "source": r.Source}
		}
	}
	s.Events = []Object{{"Id": 6005, "RecordId": m.View().Events.Start, "TimeCreated": m.BootTime().Format(time.RFC3339)}}
	w := m.WinRM()
	s.WSMan = Object{"listeners": []Object{{"transport": "HTTP", "port": "5985", "thumbprint": ""}}}
	for name, on := range map[string]bool{"basic": w.Basic, "kerberos": w.Kerberos, "negotiate": w.Negotiate, "certificate": w.Certificate, "allowUnencrypted": w.AllowUnencrypted} {
		s.WSMan[name] = strconv.FormatBool(on)
	}
	if m.Faults().WritableFolder {
		s.SDDL = "O:BAG:BAD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1301bf;;;BU)"
	}
	s.Server = m.OS().ProductType != productClient
	files, err := deadMan(m, s.Tasks)
	if err != nil {
		return Snapshot{}, err
	}
	for place, path := range []string{`C:\Windows\Temp\vnettune-iperf3.log`, `C:\Windows\Temp\vnettune-iperf3-second.log`} { // CONTRACT.md of the scripts, "iperf"
		if said, err := m.Processes().ServerLog(place, 1<<20); err != nil {
			return Snapshot{}, err
		} else if said != "" {
			files[path] = said
		}
	}
	return Snapshot{State: s, Registry: reg(m.View().Reg), Files: files}, nil
}

// productClient is the ProductType of a Windows that is no server.
const productClient = 1

// objects are those of the classes of CIM that the scripts ask.
func objects(m *machine.Machine) map[string][]Object {
	os, view := m.OS(), m.View()
	_, uuid := m.Identity()
	all := map[string][]Object{
		"Win32_OperatingSystem": {{"BuildNumber": os.BuildNumber, "Caption": os.Caption, "OSLanguage": os.OSLanguage, "ProductType": os.ProductType,
			"LastBootUpTime": os.LastBootUpTime.UTC().Format(time.RFC3339Nano)}},
		"Win32_ComputerSystemProduct":        {{"UUID": uuid}},
		"Win32_Process":                      {},
		"Win32_PerfRawData_PerfOS_Processor": processorTotals(m),
		"MSFT_NetOffloadGlobalSetting":       {stack.CIMOffload(view.TCP)},
	}
	for _, pid := range m.Processes().Servers() {
		all["Win32_Process"] = append(all["Win32_Process"], Object{"ProcessId": pid, "ExecutablePath": processes.IPerfExe})
	}
	for _, t := range m.Edition().Release.CIMTemplates(view.TCP) {
		o := Object{"SettingName": t.Name}
		for name, v := range t.Values {
			if name != "CongestionProvider" { // a number in CIM, which no document has
				o[name] = v
			}
		}
		all["MSFT_NetTCPSetting"] = append(all["MSFT_NetTCPSetting"], o)
	}
	for _, n := range m.NICs() {
		adapter(all, m, n)
	}
	return all
}

// processorTotals are the counters of the processors, which stand still.
func processorTotals(m *machine.Machine) []Object {
	t, err := m.Host().Totals("")
	if err != nil || len(t.Processors) == 0 {
		return []Object{}
	}
	var all []Object
	for i, p := range t.Processors {
		all = append(all, Object{"Name": strconv.Itoa(i), "PercentProcessorTime": int64(p.Idle / 100), "PercentDPCTime": int64(p.DPC / 100), "PercentInterruptTime": int64(p.Interrupt / 100),
			"Timestamp_Sys100NS": json.Number(machine.FileTime(m.Now()))})
	}
	return all
}

// Operational states of an interface (RFC 2863, ifOperStatus), as CIM has them.
const (
	statusUp   = 1
	statusDown = 2
)

// ipv4 is the AddressFamily of IPv4.
const ipv4 = 2

// privateNetwork is the category of every network here (health has the same).
const privateNetwork = 1

// adapter adds the objects of one adapter. One that is down has no network.
func adapter(all map[string][]Object, m *machine.Machine, n stack.NIC) {
	add := func(class string, o Object) { all[class] = append(all[class], o) }
	status := statusDown
	if n.Up {
		status = statusUp
		add("MSFT_NetConnectionProfile", Object{"InterfaceIndex": n.Index, "NetworkCategory": privateNetwork})
	}
	add("MSFT_NetIPInterface", Object{"InterfaceIndex": n.Index, "AddressFamily": ipv4, "NlMtu": n.MTU})
	for _, a := range n.Addresses {
		add("MSFT_NetIPAddress", Object{"InterfaceIndex": n.Index, "IPAddress": a.String()})
	}
	if t, err := m.Host().Totals(n.MAC); err == nil {
		add("MSFT_NetAdapterStatisticsSettingData", Object{"InstanceID": n.GUID, "Name": n.Name, "ReceivedBytes": t.Link.ReceivedBytes, "SentBytes": t.Link.SentBytes,
			"ReceivedUnicastPackets": t.Link.ReceivedPackets, "SentUnicastPackets": t.Link.SentPackets, "ReceivedDiscardedPackets": t.Link.ReceivedDropped, "ReceivedPacketErrors": t.Link.ReceivedErrors,
			"OutboundDiscardedPackets": t.Link.SentDropped, "OutboundPacketErrors": t.Link.SentErrors})
	}
	for class, values := range m.CIMAdapter(n) {
		o := Object{}
		for name, v := range values {
			o[name] = v
		}
		switch class {
		case "MSFT_NetAdapter":
			for name, v := range (Object{"InterfaceGuid": n.GUID, "InterfaceIndex": n.Index, "Name": n.Name, "InterfaceDescription": n.Description, "PnPDeviceID": n.PnPID,
				"DriverVersionString": m.DriverVersion(n), "PermanentAddress": n.PermanentAddress(), "InterfaceOperationalStatus": status}) {
				o[name] = v
			}
		case "MSFT_NetAdapterUsoSettingData": // the engine's table of it has no property by which an object's adapter is told
		default:
			o["InstanceID"], o["Name"] = n.GUID, n.Name
		}
		add(class, o)
	}
}

// deadMan are the files of the dead-man switch; its task is added to tasks.
func deadMan(m *machine.Machine, tasks Object) (map[string]string, error) {
	files := map[string]string{}
	d := m.View().DeadMan
	if t := d.Task; t != nil {
		limit := "PT" + strconv.Itoa(int(t.Limit/time.Second)) + "S"
		tasks[machine.DeadManTaskName] = Object{"triggers": []Object{
			{"kind": "time", "delay": nil, "boundary": t.Due.Format("2006-01-02T15:04:05-07:00")},
			{"kind": "boot", "delay": limit, "boundary": ""},
		}}
		input, err := json.Marshal(map[string]any{"steps": t.Steps})
		if err != nil {
			return nil, fmt.Errorf("dead man's steps: %w", err)
		}
		files[machine.DeadManFolder+`\revert.ps1`], files[machine.DeadManFolder+`\revert.json`] = "", string(input)
	}
	if d.Done != nil {
		done, err := json.Marshal(d.Done)
		if err != nil {
			return nil, fmt.Errorf("what the dead man did: %w", err)
		}
		files[machine.DeadManFolder+`\revert-done.json`] = string(done)
	}
	return files, nil
}
