package engine

import (
	"strings"
	"time"

	"vnettune/lab/windows/stack"
)

// object is one object of a class of CIM: what is not named is null.
type object map[string]any

// classAnswer are a class's properties with their types, and its objects.
type classAnswer struct {
	Known   bool              `json:"known"`
	Types   map[string]string `json:"types"`
	Objects []object          `json:"objects"`
}

// class answers for one class of CIM; one that the kit or the machine does not have is unknown.
func (e *Engine) class(in struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}) (any, error) {
	namespace := "root/standardcimv2"
	if strings.HasPrefix(in.Name, "Win32_") {
		namespace = "root/cimv2"
	}
	objects, known := e.objects(in.Name)
	types := e.classes[in.Name]
	if !known || types == nil || !strings.EqualFold(strings.ReplaceAll(in.Namespace, `\`, "/"), namespace) {
		return classAnswer{}, nil
	}
	return classAnswer{true, types, objects}, nil
}

// Numbers of CIM: RFC 2863's state of an interface, and the address family of IPv4 and IPv6.
const (
	operUp   = 1
	operDown = 2
	inet     = 2
	inet6    = 23
)

// privateNetwork is the category of every network here, as the stand-in's contract "health" has it.
const privateNetwork = 1

// objects are those of a class that the machine has.
func (e *Engine) objects(class string) ([]object, bool) {
	list := []object{}
	s, nics := e.m.View(), e.m.NICs()
	switch class {
	case "Win32_OperatingSystem":
		os := e.m.OS()
		return []object{{
			"BuildNumber": os.BuildNumber, "Caption": os.Caption, "CodeSet": os.CodeSet, "CSName": os.CSName, "OSLanguage": os.OSLanguage,
			"ProductType": os.ProductType, "Version": os.Version,
			"LastBootUpTime": os.LastBootUpTime.Format(time.RFC3339Nano), "LocalDateTime": os.LocalDateTime.Format(time.RFC3339Nano),
		}}, true
	case "Win32_ComputerSystemProduct":
		_, uuid := e.m.Identity()
		return []object{{"UUID": uuid}}, true
	case "Win32_Process":
		for _, p := range e.m.Processes().Running() {
			list = append(list, object{"ProcessId": p.ID, "Name": p.Image, "ExecutablePath": p.Path, "CommandLine": p.Line})
		}
		for _, pid := range e.m.Processes().Servers() {
			list = append(list, object{"ProcessId": pid, "Name": "iperf3.exe", "ExecutablePath": iperfPath})
		}
		if busy := e.m.Faults().Busy; busy != "" {
			list = append(list, object{"ProcessId": busyProcess, "Name": busy, "KernelModeTime": 0, "UserModeTime": e.ticks() / 100 * busyLoad})
		}
	case perfProcessor, perfDisk:
		list = append(list, e.counters(class))
	case "MSFT_NetAdapterStatisticsSettingData":
		for _, n := range nics {
			if t, err := e.m.Host().Totals(n.MAC); err == nil {
				list = append(list, object{"Name": n.Name, "InterfaceDescription": n.Description, "InstanceID": n.GUID,
					"ReceivedBytes": t.Link.ReceivedBytes, "SentBytes": t.Link.SentBytes, "ReceivedUnicastPackets": t.Link.ReceivedPackets, "SentUnicastPackets": t.Link.SentPackets,
					"ReceivedDiscardedPackets": t.Link.ReceivedDropped, "ReceivedPacketErrors": t.Link.ReceivedErrors, "OutboundDiscardedPackets": t.Link.SentDropped, "OutboundPacketErrors": t.Link.SentErrors})
			}
		}
	case "MSFT_NetAdapter":
		for _, n := range nics {
			o := object{
				"InterfaceGuid": n.GUID, "InterfaceIndex": n.Index, "Name": n.Name, "InterfaceDescription": n.Description, "PnPDeviceID": n.PnPID,
				"DriverVersionString": e.m.DriverVersion(n), "PermanentAddress": strings.ToUpper(strings.ReplaceAll(n.MAC, ":", "")),
				"InterfaceOperationalStatus": operDown,
			}
			if n.Up {
				o["InterfaceOperationalStatus"] = operUp
			}
			e.driver(class, n, o)
			list = append(list, o)
		}
	case "MSFT_NetIPAddress":
		for _, n := range nics {
			for _, a := range n.Addresses {
				o := object{"InterfaceIndex": n.Index, "InterfaceAlias": n.Name, "IPAddress": a.String(), "AddressFamily": inet}
				if a.Is6() {
					o["AddressFamily"] = inet6
				}
				list = append(list, o)
			}
		}
	case "MSFT_NetIPInterface":
		for _, n := range nics {
			list = append(list, object{"InterfaceIndex": n.Index, "InterfaceAlias": n.Name, "AddressFamily": inet, "NlMtu": n.MTU})
		}
	case "MSFT_NetConnectionProfile":
		for _, n := range nics {
			if n.Up {
				list = append(list, object{"InterfaceIndex": n.Index, "InterfaceAlias": n.Name, "NetworkCategory": privateNetwork})
			}
		}
	case "MSFT_NetOffloadGlobalSetting":
		list = append(list, stack.CIMOffload(s.TCP))
	case "MSFT_NetTCPSetting":
		for _, t := range e.m.Edition().Release.CIMTemplates(s.TCP) {
			o := object{"SettingName": t.Name}
			for property, v := range t.Values {
				if property != provider { // a number of its own, whose word Get-NetTCPSetting prints
					o[property] = v
				}
			}
			list = append(list, o)
		}
	default:
		if len(nics) == 0 || e.m.CIMAdapter(nics[0])[class] == nil {
			return nil, false
		}
		for _, n := range nics {
			o := object{"Name": n.Name, "InterfaceDescription": n.Description, "InstanceID": n.GUID}
			e.driver(class, n, o)
			list = append(list, o)
		}
	}
	return list, true
}

// Classes of counters that go on with the time.
const (
	perfProcessor = "Win32_PerfRawData_PerfOS_Processor"
	perfDisk      = "Win32_PerfRawData_PerfDisk_PhysicalDisk"
)

// busyProcess is the id of the process of a fault, busyLoad the percent of the time that it keeps the
// processor busy. Without it nothing in the stand-in works by itself, and the disk never does.
const (
	busyProcess = 4444
	busyLoad    = 97
)

// ticks is the time since the machine's start, in the 100 ns of Windows.
func (e *Engine) ticks() int64 { return e.m.Now().Sub(e.m.BootTime()).Nanoseconds() / 100 }

// counters are those of the one processor or the one disk: how long it had nothing to do.
func (e *Engine) counters(class string) object {
	now := e.ticks()
	switch {
	case class == perfDisk:
		return object{"Name": "0 C:", "PercentIdleTime": now, "Timestamp_Sys100NS": now}
	case e.m.Faults().Busy != "":
		return object{"Name": "0", "PercentProcessorTime": now / 100 * (100 - busyLoad), "Timestamp_Sys100NS": now}
	}
	return object{"Name": "0", "PercentProcessorTime": now, "Timestamp_Sys100NS": now}
}

// driver adds what the driver of an adapter does.
func (e *Engine) driver(class string, n stack.NIC, o object) {
	for property, v := range e.m.CIMAdapter(n)[class] {
		o[property] = v
	}
}

// provider is the property of a template that the machine has as a word.
const provider = "CongestionProvider"

// providers are the words that Get-NetTCPSetting prints, by template.
func (e *Engine) providers() any {
	list := []object{}
	for _, t := range e.m.Edition().Release.CIMTemplates(e.m.View().TCP) {
		list = append(list, object{"SettingName": t.Name, provider: t.Values[provider]})
	}
	return map[string]any{"templates": list}
}
