package enginetest

import (
	"context"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/lab/windows"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// boundCase is one Windows of the stand-in, and what its scripts are asked, in order.
type boundCase struct {
	name     string
	config   func(*machine.Config)
	faults   []string
	adapters []stack.Adapter
	ports    []int  // whose connections are in the state
	host     string // to which a way is looked for; "": loopback
	before   func(*boundGuest)
	mocks    string // of what the engine has not, before each script
	plays    []play
}

// play is one run of a script.
type play struct {
	script scripts.Name
	in     string
	// words are members of the answer that are PowerShell's own texts, which differ from one
	// to the next and are shown and never read. What the script itself says is compared.
	words [][]string
}

func asks(n scripts.Name, in any, words ...[]string) play {
	b, err := json.Marshal(in)
	if err != nil {
		panic(err) // of plain values
	}
	return play{n, string(b), words}
}

// message is where an error has its text.
var message = []string{"error", "message"}

const (
	tcpPort   = 20985 // of a connection that there is
	nobody    = 1     // a port that nobody has
	iperfPort = 5201
	parameter = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	labClass  = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\000`
	other     = "fedcba9876543210fedcba9876543210"
)

// values are one of each kind, and some that are at the end of what there is.
var values = map[string]registry.Value{
	"Most": {Kind: "DWord", Data: "4294967295"}, "Quad": {Kind: "QWord", Data: "18446744073709551615"}, "Raw": {Kind: "Binary", Data: "00ff10"},
	"Lines": {Kind: "MultiString", Data: "a\nb"}, "Path": {Kind: "ExpandString", Data: `%os%;%NONE%\x`}, "Nothing": {Kind: "None", Data: ""},
	"Empty": {Kind: "String", Data: ""}, "Text": {Kind: "String", Data: "\"Größe\" \U0001f680 \\"}, "TcpAckFrequency": {Kind: "DWord", Data: "1"},
}

// class asks for the n-th adapter of the stand-in, from 1.
func class(n int) map[string]string { return map[string]string{"classKey": labClass + strconv.Itoa(n)} }

func ofRegistry(path string, names ...string) []terms.RegistryValue {
	var all []terms.RegistryValue
	for _, name := range names {
		all = append(all, terms.RegistryValue{Path: path, Name: name})
	}
	return all
}

// boundCases are the states in which the stand-in is bound to the engine: every edition that
// it plays with PowerShell, every driver, and what becomes of them.
func boundCases(t *testing.T) []boundCase {
	read := terms.ReadInput{TCP: true, Ports: []int{nobody}, Interfaces: []int{4}, Identity: true, Registry: ofRegistry(parameter, "Tcp1323Opts", "hostname")}
	var cases []boundCase
	for _, p := range windows.Personalities {
		for i, build := range p.Builds {
			c := boundCase{name: p.Generation + " " + build, config: func(c *machine.Config) { c.Generation, c.Build = p.Generation, build }}
			if bound(t, c).Edition().Programs["powershell"] == nil {
				continue
			}
			c.plays = []play{asks(scripts.Facts, struct{}{}), asks(scripts.UDP, struct{}{})}
			if i == 0 {
				c.plays = append(c.plays, asks(scripts.Counters, terms.CountersInput{GUID: bound(t, c).NICs()[0].GUID}), asks(scripts.Counters, terms.CountersInput{GUID: "{none}"}, []string{"problems", "adapter"}), asks(scripts.Boot, map[string]string{"set": nonce}), asks(scripts.Boot, map[string]string{"check": nonce}), asks(scripts.Boot, map[string]string{"check": other}),
					asks(scripts.Read, read), asks(scripts.Driver, class(1)), asks(scripts.Effect, class(1)), asks(scripts.Effect, struct{}{}),
					asks(scripts.Health, map[string]string{"host": loopback}), asks(scripts.DeadMan, deadman.Input{Action: "status"}), iperf("status"),
					asks(scripts.Idle, terms.IdleInput{Need: 1, Window: 20, Below: 20, Limit: 50}), asks(scripts.Copy, terms.CopyInput{Bytes: 1 << 20, Rounds: 3}), asks(scripts.Firewall, map[string]string{"exe": processes.IPerfExe}))
			}
			cases = append(cases, c)
		}
		for _, driver := range p.Drivers {
			if driver == stack.Twin || driver == stack.Slow {
				continue // the stand-in's own, whose registry is another's but for the version
			}
			cases = append(cases, boundCase{name: p.Generation + " driver " + driver, config: func(c *machine.Config) { c.Generation, c.Driver = p.Generation, driver },
				plays: []play{asks(scripts.Facts, struct{}{}), asks(scripts.Driver, class(1)), asks(scripts.Effect, class(1))}})
		}
	}
	return append(cases, changedCases(t)...)
}

func iperf(action string) play {
	return asks(scripts.IPerf, map[string]any{"action": action, "exe": processes.IPerfExe, "port": iperfPort})
}

// hashOfMeter is the SHA-256 of what is put in the place of the meter.
const hashOfMeter = "c84af767fddfce410048b89ff97ac37bc6db04410ceea7e2cba4a14df6198ba8"

// put puts a piece of something that is no program.
func put(offset int, data string, size int) play {
	return asks(scripts.Put, terms.MeterPiece{SHA256: hashOfMeter, Size: size, Offset: offset, Data: []byte(data)})
}

func asksMeter(action string) play {
	in := terms.MeterInput{Action: action, Port: nobody}
	if action == terms.MeterStart {
		in.SHA256, in.Config = hashOfMeter, "{}"
	}
	return asks(scripts.Meter, in)
}

// arming is what arms the dead-man switch, as it is sent.
func arming(t *testing.T, steps ...terms.Step) deadman.Input {
	t.Helper()
	var sent deadman.Input
	ask := func(_ context.Context, in deadman.Input) (deadman.State, []byte, error) {
		sent = in
		return deadman.State{Armed: true}, nil, nil
	}
	if _, _, err := deadman.Arm(context.Background(), ask, steps, 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	return sent
}

// restartOf is a request to restart the first adapter of the stand-in.
func restartOf(t *testing.T) terms.RestartInput {
	t.Helper()
	in := restart
	in.GUID = bound(t, boundCase{}).NICs()[0].GUID
	return in
}

// changedCases are guests to which something was done.
func changedCases(t *testing.T) []boundCase {
	set := func(name, kind, data string) terms.Step {
		return terms.Step{Op: "registry-set", Path: parameter + `\Made`, Name: name, Kind: kind, Data: data}
	}
	netsh := func(args ...string) terms.Step { return terms.Step{Op: "netsh", Args: args} }
	write := func(steps ...terms.Step) play { return asks(scripts.Write, map[string]any{"steps": steps}) }
	status, disarm := deadman.Input{Action: "status"}, deadman.Input{Action: "disarm"}
	result, remove := map[string]string{"action": terms.RestartResult}, map[string]string{"action": terms.RestartRemove}
	arm := arming(t, set("Back", "DWord", "7"), netsh("interface", "tcp", "set", "global", "rss=wide"))
	// What no campaign sends is refused by the script.
	arm.Steps = append(arm.Steps, netsh("interface", "tcp", "set", "global", "rss=a&b"), terms.Step{Op: "registry-delete", Path: `HKCU\x`, Name: "D"}, terms.Step{Op: "registry-delete", Path: parameter, Name: "Hostname"})
	armed := func(g *boundGuest) {
		in := asks(scripts.Arm, arm)
		if out, exit := g.play(in); exit != 0 {
			g.t.Fatalf("arm: %s", out)
		}
	}
	written := terms.ReadInput{Ports: []int{}, Interfaces: []int{}, Registry: ofRegistry(parameter+`\Made`, "D", "Q", "S", "E", "M", "B", "gone")}
	return []boundCase{
		{
			name: "values are there and keywords are not",
			before: func(g *boundGuest) {
				g.set(registry.TcpipKey, values)
				g.set(registry.ProductKey, values)
				g.set(registry.FirewallKey, map[string]registry.Value{
					"Blocks": registry.String("v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=" + strings.ToUpper(processes.IPerfExe) + "|Name=Größe|"),
					"Allows": registry.String("v2.31|Action=Allow|Active=TRUE|Dir=In|App=" + processes.IPerfExe + "|"), "Sleeps": registry.String("v2.31|Action=Block|Active=FALSE|Dir=In|"),
				})
				g.set(registry.FirewallByPolicyKey, map[string]registry.Value{"Others": registry.String(`v2.31|Action=Block|Active=TRUE|Dir=In|App=C:\other.exe|`), "All": registry.String("v2.31|Action=Block|Active=TRUE|Dir=In|Name=a|")})
				g.set(registry.PoliciesKey, map[string]registry.Value{"EnableLUA": {Kind: "DWord", Data: "1"}}) // as Wine has it
				g.set(registry.AdaptersKey+`\0007`, map[string]registry.Value{"NetCfgInstanceId": {Kind: "String", Data: "{gone}"}})
				g.set(registry.SessionKey, map[string]registry.Value{"PendingFileRenameOperations": {Kind: "MultiString", Data: `\??\C:\a`}})
				g.change(func(s *machine.State) error {
					for _, name := range []string{"*LsoV2IPv4", "RxCapacity"} {
						s.Reg.Find(registry.MustPath(registry.AdaptersKey + `\0001`)).Unset(name)
					}
					return s.Reg.Set(registry.MustPath(registry.AdaptersKey+`\0001`), "*RSS", registry.String("0"))
				})
			},
			plays: []play{
				asks(scripts.Read, terms.ReadInput{Ports: []int{}, Interfaces: []int{}, Registry: append(ofRegistry(parameter, "Most", "Quad", "Raw", "Lines", "Path", "Nothing", "Empty", "Text", "tcpackfrequency", ""), ofRegistry(`HKLM\SOFTWARE\none`, "x")...)}),
				asks(scripts.Facts, struct{}{}), asks(scripts.Driver, class(1)), asks(scripts.Driver, class(7)), asks(scripts.Effect, class(1)), asks(scripts.Effect, class(7)),
				asks(scripts.Health, map[string]string{"host": loopback}), asks(scripts.Firewall, map[string]string{"exe": processes.IPerfExe}), asks(scripts.Token, struct{}{}),
			},
		},
		{
			name: "written by a script",
			plays: []play{
				write(set("D", "DWord", "4294967295"), set("Q", "QWord", "18446744073709551615"), set("S", "String", `'"; exit 7 # Größe`), set("E", "ExpandString", "%PATH%"),
					set("M", "MultiString", "a\nb"), set("B", "Binary", "00ff"), terms.Step{Op: "registry-delete", Path: parameter, Name: "IPEnableRouter"},
					terms.Step{Op: "registry-delete", Path: parameter, Name: "never"}, terms.Step{Op: "registry-delete", Path: `HKLM\SOFTWARE\never`, Name: "x"},
					netsh("interface", "tcp", "set", "global", "autotuninglevel=disabled")),
				asks(scripts.Read, written),
				write(set("D", "DWord", "1"), netsh("interface", "tcp", "set", "global", "autotuninglevel=wide"), set("D", "DWord", "2")),
				asks(scripts.Read, written),
				write(set("D", "DWord", "3"), netsh("interface", "tcp", "set", "global", "rss=a&b")),
				write(set("D", "DWord", "4"), terms.Step{Op: "registry-set", Path: `HKCU\x`, Name: "D", Kind: "DWord", Data: "1"}),
				write(set("D", "DWord", "5"), terms.Step{Op: "format"}),
				write(),
				asks(scripts.Read, written),
			},
		},
		{
			name: "a dump of UDP with two keys", config: func(c *machine.Config) { c.Generation, c.Build = "w11", "26100" }, faults: []string{"allow=uso"},
			plays: []play{asks(scripts.UDP, struct{}{}), write(netsh("interface", "udp", "set", "global", "uro=enabled"), netsh("interface", "udp", "set", "global", "uso=wide"))},
		},
		{name: "a dump of UDP with no key", faults: []string{"allow=udp"}, plays: []play{asks(scripts.UDP, struct{}{})}},
		{name: "RSC is not operational", faults: []string{"no-guest-tso"}, plays: []play{asks(scripts.Effect, class(1))}},
		{
			name: "a server whose template follows the way's time", faults: []string{"server-rtt=20ms"}, ports: []int{tcpPort},
			before: func(g *boundGuest) { connect(g.t, strconv.Itoa(tcpPort)) },
			plays:  []play{asks(scripts.Facts, struct{}{}), asks(scripts.Read, terms.ReadInput{TCP: true, Ports: []int{tcpPort, nobody}, Interfaces: []int{}})},
		},
		{
			name: "two adapters, one of them down",
			adapters: []stack.Adapter{
				{MAC: "52:54:00:12:34:56", MTU: 1400, Up: true, Addresses: []netip.Addr{netip.MustParseAddr(loopback), netip.MustParseAddr("fe80::1")}},
				{MAC: "52:54:00:ab:cd:ef", MTU: 1500},
			},
			plays: []play{asks(scripts.Facts, struct{}{}), asks(scripts.Health, map[string]string{"host": loopback}),
				asks(scripts.Read, terms.ReadInput{Ports: []int{}, Interfaces: []int{5, 4, 9}}), asks(scripts.Effect, class(2))},
		},
		{
			name:  "a dead man through his life",
			plays: []play{asks(scripts.Arm, arm), asks(scripts.DeadMan, status), asks(scripts.Arm, arm), {script: scripts.Revert}, asks(scripts.DeadMan, status), asks(scripts.DeadMan, disarm), asks(scripts.Arm, arm), asks(scripts.DeadMan, disarm)},
		},
		{name: "a dead man was armed", before: armed, plays: []play{asks(scripts.DeadMan, status), asks(scripts.DeadMan, disarm), asks(scripts.DeadMan, status)}},
		{
			name: "a dead man has fired", before: func(g *boundGuest) { armed(g); g.play(play{script: scripts.Revert}) },
			plays: []play{asks(scripts.DeadMan, status), asks(scripts.Arm, arm)},
		},
		{name: "users may change the folder", faults: []string{"writable-folder"}, plays: []play{asks(scripts.Arm, arm), asks(scripts.DeadMan, status), asks(scripts.Restart, restartOf(t)), asks(scripts.Restarted, result)}},
		{
			name: "an adapter is restarted",
			plays: []play{
				asks(scripts.Restarted, result), asks(scripts.Restarted, remove), asks(scripts.Restart, restartOf(t)), asks(scripts.Restarted, result), {script: scripts.Restarting}, asks(scripts.Restarted, result),
				asks(scripts.Restart, restartOf(t)), asks(scripts.Restarted, result), asks(scripts.Restarted, remove), asks(scripts.Restarted, result),
				asks(scripts.Restart, restartOf(t)), {script: scripts.Restarting}, asks(scripts.DeadMan, disarm), asks(scripts.Restarted, result),
			},
		},
		{
			name: "a meter is put and taken away",
			plays: []play{
				asksMeter(terms.MeterStatus), asksMeter(terms.MeterStart), put(0, "not a ", 9), put(3, "pro", 9), put(6, "pro", 9), put(6, "x", 9),
				put(0, "not a pr", 9), put(8, "o", 9), asksMeter(terms.MeterStatus), asksMeter(terms.MeterStop),
				asks(scripts.Meter, terms.MeterInput{Action: terms.MeterStart, Port: nobody, SHA256: strings.Repeat("0", 64)}),
				asks(scripts.Meter, terms.MeterInput{Action: terms.MeterStart, Port: nobody, SHA256: hashOfMeter, Config: "{}"}, message), asksMeter(terms.MeterStatus),
				asksMeter(terms.MeterRemove), asksMeter(terms.MeterStatus), asksMeter(terms.MeterRemove), asksMeter(terms.MeterStart),
				put(0, "whole", 9), put(5, " bad", 9), put(5, "again", 9), asksMeter(terms.MeterStatus), asksMeter(terms.MeterRemove),
			},
		},
		{name: "a meter where users may change the folder", faults: []string{"writable-folder"}, plays: []play{put(0, "not a pro", 9), asksMeter(terms.MeterStatus)}},
		packageCase(t, "a package is installed", asks(scripts.Restart, installOf(t)), play{script: scripts.Installing}, asks(scripts.Restarted, result)),
		packageCase(t, "a package is taken out", asks(scripts.Stage, terms.StageInput{Action: terms.StageRemove, Packages: []terms.StagedPackage{{Published: "oem4.inf", SHA256: hashed(testINF)}, {Published: "oem9.inf", SHA256: hashed(testINF)}}, Certificates: []string{testSigner}})),
		{name: "a package where users may change the folder", faults: []string{"writable-folder"}, plays: []play{puts("a.inf", "x", 0, 1, true)}},
		{
			name: "iperf runs", ports: []int{iperfPort}, before: func(g *boundGuest) {
				if out, exit := g.play(iperf("start")); exit != 0 {
					g.t.Fatalf("iperf: %s", out)
				}
			},
			// start, stop and log ask Test-Path -LiteralPath, which the engine's mock has not.
			plays: []play{iperf("status"), asks(scripts.IPerf, map[string]any{"action": "status", "exe": processes.IPerfExe, "port": iperfPort, "second": nobody})},
		},
		{
			name: "what cannot be answered", host: "192.0.2.77",
			before: func(g *boundGuest) {
				g.change(func(s *machine.State) error {
					s.Reg.Remove(registry.MustPath(registry.PowerKey))
					s.Reg.Remove(registry.MustPath(registry.WinRMKey))
					return nil
				})
			},
			plays: []play{
				{scripts.Write, "{", [][]string{message}}, {scripts.Boot, "{", [][]string{message}}, {scripts.DeadMan, "{", [][]string{message}}, {scripts.Arm, "{", [][]string{message}},
				{scripts.Health, "{", [][]string{message}}, {scripts.IPerf, "{", [][]string{message}}, {scripts.Driver, "{", [][]string{message}}, {scripts.Effect, "{", [][]string{message}}, {scripts.Read, "{", [][]string{message}},
				asks(scripts.Boot, map[string]string{"set": "short"}), asks(scripts.Boot, struct{}{}),
				asks(scripts.DeadMan, deadman.Input{Action: "jump"}), asks(scripts.Arm, deadman.Input{Action: deadman.ActionArm}),
				{scripts.Prove, "{", [][]string{message}}, {scripts.Firewall, "{", [][]string{message}}, {scripts.Idle, "{", [][]string{message}},
				{scripts.Package, "{", [][]string{message}}, {scripts.Drivers, "{", [][]string{message}}, {scripts.Stage, "{", [][]string{message}}, asks(scripts.Stage, map[string]string{"action": "jump"}),
				asks(scripts.Package, terms.PackagePiece{SHA256: "short", Size: 9}), asks(scripts.Drivers, terms.DriversInput{GUID: "{none}", INFs: []string{}}),
				{scripts.Put, "{", [][]string{message}}, {scripts.Meter, "{", [][]string{message}}, asksMeter("jump"), asks(scripts.Put, terms.MeterPiece{SHA256: "short", Size: 9}),
				{scripts.Counters, "{", [][]string{message}}, asks(scripts.Counters, struct{}{}),
				{scripts.Copy, "{", [][]string{message}}, asks(scripts.Copy, terms.CopyInput{Bytes: 1 << 20}), asks(scripts.Copy, terms.CopyInput{Bytes: 1 << 30, Rounds: 1}),
				{scripts.Restart, "{", [][]string{message}}, {scripts.Restarted, "{", [][]string{message}}, asks(scripts.Restarted, map[string]string{"action": "jump"}),
				asks(scripts.Restart, terms.RestartInput{Token: nonce}), asks(scripts.Restart, terms.RestartInput{Token: "short", Delay: 3, Limit: 60}),
				asks(scripts.Restart, terms.RestartInput{Token: nonce, Delay: 3, Limit: 60, GUID: "{none}"}),
				asks(scripts.Prove, deadman.Input{Action: deadman.ActionProve}), asks(scripts.Prove, deadman.Input{Action: deadman.ActionProve, Limit: 1}),
				asks(scripts.Driver, map[string]string{"classKey": `HKCU\x`}), asks(scripts.Driver, map[string]string{"classKey": `HKLM\SOFTWARE\none`}), asks(scripts.Driver, map[string]string{"classKey": `HKLM\SOFTWARE\vnettune`}),
				asks(scripts.Effect, map[string]string{"classKey": `HKLM\SOFTWARE\vnettune`}), asks(scripts.Effect, map[string]string{"classKey": `HKLM\SOFTWARE\none`}),
				asks(scripts.Health, map[string]string{"host": "192.0.2.77"}, []string{"problems", "route"}),
				asks(scripts.IPerf, map[string]any{"action": "status", "exe": `C:\vnettune\none.exe`, "port": iperfPort}, message), iperf("jump"),
				asks(scripts.Read, terms.ReadInput{Ports: []int{}, Interfaces: []int{9}, Registry: ofRegistry(`X`, "y")}, []string{"problems", "registry"}),
			},
		},
	}
}

// puts is a piece of a file of a package.
func puts(name, whole string, from, to int, first bool) play {
	return asks(scripts.Package, terms.PackagePiece{Name: name, SHA256: hashed(whole), Size: len(whole), Offset: from, Data: []byte(whole[from:to]), First: first})
}

const testINF = "[Version]\r\nDriverVer = 01/01/2024,100.95.104.26200\r\n"

// installOf is a request to install the package that was staged.
func installOf(t *testing.T) terms.RestartInput {
	t.Helper()
	in := restartOf(t)
	in.Script = scripts.Source(scripts.Installing)
	in.Installation = &terms.Installation{INF: "oem4.inf", Hardware: packageHardware, MAC: packageMAC, IPv4: terms.IPv4{DHCP: true, Addresses: []string{}, Masks: []string{}, Gateways: []string{}, Metrics: []int{}, DNS: []string{}}}
	return in
}

// packageCase is a guest that a package is put into and staged, and what is done with it then.
func packageCase(t *testing.T, name string, then ...play) boundCase {
	guid := bound(t, boundCase{}).NICs()[0].GUID
	signed, unsigned := "netkvm.cat", "other.cat"
	look := func(catalog *string, infs ...string) play {
		return asks(scripts.Drivers, terms.DriversInput{GUID: guid, INFs: append([]string{}, infs...), Catalog: catalog})
	}
	stage := func(catalog string) play {
		return asks(scripts.Stage, terms.StageInput{Action: terms.StageStage, INF: "netkvm.inf", SHA256: hashed(testINF), Catalog: catalog}, message)
	}
	wrong := puts("netkvm.sys", "sys", 0, 3, false)
	wrong.in = strings.Replace(wrong.in, hashed("sys"), hashed("another"), 1)
	return boundCase{
		name: name, mocks: driverMocks,
		plays: append([]play{
			puts("netkvm.inf", testINF, 0, 10, true), puts("netkvm.inf", testINF, 5, 8, false), puts("netkvm.inf", testINF, 10, len(testINF), false),
			puts(signed, testCatalog, 0, len(testCatalog), false), puts(unsigned, "none", 0, 4, false), wrong, puts(`..\x.inf`, "x", 0, 1, false),
			look(nil, hashed(testINF)), look(&signed), look(&unsigned), stage(unsigned), stage(signed), stage(signed), look(&signed, hashed(testINF), hashed("another")),
		}, then...),
	}
}
