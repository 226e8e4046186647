package campaign

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Beginnings of wrong files: everything that a campaign needs but the part that the case is about.
const (
	head      = "name: wrong\n"
	lab       = "guest: {lab: {kind: fast}}\n"
	remote    = "guest:\n  control: 192.0.2.10\n  data: 192.0.2.11\n  user: admin\n  password_env: PW\n"
	certified = "guest:\n  control: 192.0.2.10\n  data: 192.0.2.11\n"
	patched   = remote + "  libvirt: win11\n"
	arms      = "design: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n"
)

// wrong has at least one file for every field and for every rule between fields.
// remoteXP is a guest of generation xp with a design.
const remoteXP = "guest: {control: 192.0.2.10, data: 192.0.2.11, user: u, password_env: P, generation: xp}\ndesign: list\narms:\n  - set: {tcpip.TcpAckFrequency: 1}\n"

var wrong = []struct{ name, file string }{
	{"empty", ""},
	{"only comments", "# nothing\n"},
	{"a list", "- name: x\n"},
	{"a single value", "hello\n"},
	{"two documents", "name: x\n---\nname: y\n"},
	{"not YAML", "name: [x\nguest: {\n"},
	{"not YAML beside a password", "guest:\n  password: \"hunter2\n"},
	{"not YAML behind a password", "guest:\n  password: hunter2: hunter2\n"},
	{"tab as indentation", "name: x\nguest:\n\tlab: x\n"},
	{"tab as indentation behind a group", "guest:\n  lab:\n\t\tkind: fast\n"},
	{"no space behind the colon", "name:x\nguest: {lab: {kind: fast}}\n"},
	{"semicolon for a colon", "name; x\nguest: {lab: {kind: fast}}\n"},
	{"quoted from a mail", "> name: x\n> guest: y\n"},
	{"fenced by Markdown", "```yaml\nname: x\n```\n"},
	{"UTF-16 with a mark", "\xff\xfen\x00a\x00m\x00e\x00"},
	{"UTF-16 without a mark", "n\x00a\x00m\x00e\x00:\x00"},
	{"UTF-32", "\xff\xfe\x00\x00n\x00\x00\x00"},
	{"Windows-1252 in a value", head + "guest: {lab: {kind: fast, language: J\xfcrgen}}\n"},
	{"no-break spaces as indentation", "name: x\nguest:\n\u00a0\u00a0lab: {kind: fast}\n"},
	{"a text with typographic quotes, and another mistake", "name: x\nguest: {lab: {kind: fast}}\nnotify: {command: [say, \"x: ‘done’\"]}\nblocks: many\n"},
	{"an older encoding behind a number sign in a text", "name: x\nguest: {control: 192.0.2.1, user: \"J#\xfcrgen\"}\n"},
	{"typographic quotes", "name: \u201cx\u201d\nguest: {lab: {kind: \u2018fast\u2019}}\n"},
	{"full-width colon", "name\uff1a x\nguest: {lab: {kind: fast}}\n"},
	{"a store", "SQLite format 3\x00\x10\x00"},
	{"a store that was compressed", "\x1f\x8b\x08\x00"},
	{"samples", "combination,block,boot,workload,metric,unit,repetition,value\nbase,1,b1,tcp,throughput,Mbit/s,1,9000\n"},
	{"a registry file", "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM]\r\n"},
	{"a web page", "<!doctype html>\n<html>\n"},
	{"a workbook", "PK\x03\x04\x14\x00"},
	{"key twice", "name: x\nname: y\n"},
	{"anchor", "name: &a x\n"},
	{"alias", "name: x\nseed: *a\n"},
	{"NUL byte", "name: x\x00\n"},
	{"everything missing", "blocks: 3\n"},
	{"unknown key", head + lab + arms + "repetition: 3\n"},
	{"unknown key near nothing", head + lab + arms + "zzzzzzzzzz: 3\n"},
	{"key without value", head + lab + arms + "limits:\n"},

	{"link without conditions", head + lab + arms + "workloads: [{direction: to-guest, link: {at: guest}}]\n"},
	{"link out of bounds", head + lab + arms + "workloads: [{direction: to-guest, link: {at: here, delay: 1500ns, jitter: 1s, loss: 30%, rate: 0M}}]\n"},
	{"jitter without delay", head + lab + arms + "workloads: [{link: {jitter: 1ms}}]\n"},
	{"loss at the wrong end", head + lab + arms + "workloads: [{link: {loss: 1%}}]\n"},
	{"rate at the wrong end", head + lab + arms + "workloads: [{direction: to-guest, link: {at: guest, rate: 10M}}]\n"},
	{"link at the end of a Windows", head + remote + arms + "workloads: [{direction: from-guest, link: {at: guest, delay: 1ms}}]\n"},
	{"link where the lab has its own", head + "guest: {lab: {kind: fast, rate: 100}}\n" + arms + "workloads: [{direction: to-guest, link: {rate: 10M}}]\n"},

	{"name", "name: my campaign\n" + lab + arms},
	{"name is a list", "name: [a, b]\n" + lab + arms},

	{"guest is no group", head + "guest: w10\n" + arms},
	{"guest empty", head + "guest: {}\n" + arms},
	{"lab and control", head + "guest: {lab: {kind: fast}, control: 192.0.2.1, generation: w10}\n" + arms},
	{"lab.kind", head + "guest: {lab: {kind: vmm}}\n" + arms},
	{"lab.kind missing", head + "guest: {lab: {delay: 2ms}}\n" + arms},
	{"lab.generation", head + "guest: {lab: {kind: vm, generation: win10}}\n" + arms},
	{"lab.language", head + "guest: {lab: {kind: vm, language: English}}\n" + arms},
	{"lab.delay without unit", head + "guest: {lab: {kind: vm, delay: 2}}\n" + arms},
	{"lab.delay in the fast lab", head + "guest: {lab: {kind: fast, delay: 2ms}}\n" + arms},
	{"lab.delay longer than a lab's", head + "guest: {lab: {kind: vm, delay: 2s}}\n" + arms},
	{"lab.rate of no number", head + "guest: {lab: {kind: vm, rate: 1g}}\n" + arms},
	{"positive_control of nothing", head + lab + arms + "positive_control: 0%\n"},
	{"positive_control of too much", head + lab + arms + "positive_control: 60%\n"},
	{"positive_control of too little", head + lab + arms + "positive_control: 0.01%\n"},
	{"positive_control of a search", head + lab + "design: adaptive\narms:\n  - set: {tcp.autotuninglevel: disabled}\nblocks: 20\nsearch: {workload: tcp-to-guest}\npositive_control: 5%\n"},
	{"positive_control within boots", head + lab + arms + "switch: within-boot\npositive_control: 5%\n"},
	{"positive_control of UDP alone", head + lab + arms + "positive_control: 5%\nworkloads:\n  - {protocol: udp, rate: 10M, length: 1000}\n"},
	{"settle_arms of one look", head + lab + arms + "settle_arms: 1\n"},
	{"settle_arms of a search", head + lab + "design: adaptive\narms:\n  - set: {tcp.autotuninglevel: disabled}\nblocks: 20\nsettle_arms: 4\n"},
	{"settle_arms of an A/A run", head + lab + "design: aa\nsettle_arms: 2\n"},
	{"settle_arms within boots", head + lab + arms + "switch: within-boot\nsettle_arms: 2\n"},
	{"settle_arms with more looks than blocks", head + lab + arms + "blocks: 3\nsettle_arms: 4\n"},
	{"lab.takes of no moment", head + "guest: {lab: {kind: vm, takes: [tcp.autotuninglevel=later]}}\n" + arms},
	{"lab.takes of no setting", head + "guest: {lab: {kind: vm, takes: [tcp.autotunning=reboot]}}\n" + arms},
	{"lab.takes of another generation", head + "guest: {lab: {kind: vm, generation: xp, takes: [tcp.autotuninglevel=reboot]}}\n" + arms},
	{"lab.takes twice", head + "guest: {lab: {kind: vm, takes: [tcp.rsc=reboot, tcp.rsc=at-once]}}\n" + arms},
	{"lab.takes that is no list", head + "guest: {lab: {kind: vm, takes: tcp.rsc=reboot}}\n" + arms},
	{"lab.effects without a rate", head + "guest: {lab: {kind: vm, effects: ['tcp.rsc=disabled:10']}}\n" + arms},
	{"lab.effects without a percentage", head + "guest: {lab: {kind: vm, rate: 300, effects: ['tcp.rsc=disabled']}}\n" + arms},
	{"lab.effects of no setting", head + "guest: {lab: {kind: vm, rate: 300, effects: ['tcp.rcs=disabled:10']}}\n" + arms},
	{"lab.carry_over of more than all", head + "guest: {lab: {kind: vm, carry_over: 30}}\n" + arms},
	{"lab.interaction without a rate", head + "guest: {lab: {kind: vm, interaction: 1%}}\n" + arms},
	{"lab.delay finer than a lab's", head + "guest: {lab: {kind: vm, delay: 1500ns}}\n" + arms},
	{"lab.generation that nobody plays", head + "guest: {lab: {kind: vm, generation: nt60}}\n" + arms},
	{"lab.language that nobody plays", head + "guest: {lab: {kind: vm, generation: xp, language: de}}\n" + "design: aa\n"},
	{"lab.name too long", head + "guest: {lab: {kind: vm, name: " + strings.Repeat("n", MaxLabName+1) + "}}\n" + arms},
	{"name too long for its lab", "name: " + strings.Repeat("n", MaxLabName+1) + "\n" + lab + arms},
	{"lab.name", head + "guest: {lab: {kind: fast, name: a/b}}\n" + arms},
	{"lab.iperf empty", head + "guest: {lab: {kind: fast, iperf: ''}}\n" + arms},
	{"lab.engine empty", head + "guest: {lab: {kind: fast, engine: ''}}\n" + arms},
	{"lab.engine in the virtual machine", head + "guest: {lab: {kind: vm, engine: /kit}}\n" + arms},
	{"lab.engine on a guest without PowerShell", head + "guest: {lab: {kind: fast, generation: xp, engine: /kit}}\n" + "design: aa\n"},
	{"lab unknown key", head + "guest: {lab: {kind: fast, dealy: 2ms}}\n" + arms},

	{"control", head + strings.Replace(remote, "control: 192.0.2.10", "control: 'two words'", 1) + arms},
	{"control port", head + strings.Replace(remote, "control: 192.0.2.10", "control: 192.0.2.10:99999", 1) + arms},
	{"control scheme", head + strings.Replace(remote, "control: 192.0.2.10", "control: ssh://192.0.2.10", 1) + arms},
	{"control with a password", head + strings.Replace(remote, "control: 192.0.2.10", "control: http://admin:hunter2@192.0.2.10", 1) + arms},
	{"control against transport", head + strings.Replace(remote, "control: 192.0.2.10", "control: http://192.0.2.10\n  transport: {scheme: https}", 1) + arms},
	{"control at iperf3's port", head + strings.Replace(remote, "control: 192.0.2.10", "control: 192.0.2.11:5201", 1) + arms},
	{"iperf_port of control", head + strings.Replace(remote, "control: 192.0.2.10", "control: 192.0.2.11", 1) + "  iperf_port: 5985\n" + arms},
	{"proxy with a zone", head + remote + "  transport: {proxy: 'http://[fe80::1%25eth0]:3128'}\n" + arms},
	{"generation nt60", head + remote + "  generation: nt60\n" + arms},
	{"xp with the default iperf3.exe", head + remote + "  generation: xp\ndesign: aa\n"},
	{"xp with a program behind a space", head + remote + "  generation: xp\n  iperf: 'C:\\my files\\iperf3.exe'\n" + arms},
	{"xp with a keyword of the adapter", head + remote + "  generation: xp\n  iperf: 'C:\\iperf3.exe'\ndesign: list\narms:\n  - set: {netkvm.VlanID: 7}\n"},
	{"nothing for any generation but xp, and its iperf3.exe", head + remote + "design: profile\nprofile: seed-xp\n"},
	{"guest.data link-local without its interface", head + strings.Replace(remote, "data: 192.0.2.11", "data: 'fe80::2'", 1) + arms},
	{"guest.data with an interface and not link-local", head + strings.Replace(remote, "data: 192.0.2.11", "data: 'fd00::2%virbr0'", 1) + arms},
	{"guest.data with no interface", head + strings.Replace(remote, "data: 192.0.2.11", "data: 'fe80::2%vir/br0'", 1) + arms},
	{"guest.control link-local without its interface", head + strings.Replace(remote, "control: 192.0.2.10", "control: 'http://[fe80::2]:5985'", 1) + arms},
	{"guest.control link-local without brackets", head + strings.Replace(remote, "control: 192.0.2.10", "control: 'fe80::2%virbr0'", 1) + arms},
	{"guest.control link-local behind a proxy", head + strings.Replace(remote, "control: 192.0.2.10", "control: 'http://[fe80::2%virbr0]'\n  transport: {proxy: 'http://proxy.example:3128'}", 1) + arms},
	{"host.bind link-local without its interface", head + strings.Replace(remote, "data: 192.0.2.11", "data: 'fe80::2%virbr0'", 1) + "host: {bind: 'fe80::1'}\n" + arms},
	{"host.bind of another interface", head + strings.Replace(remote, "data: 192.0.2.11", "data: 'fe80::2%virbr0'", 1) + "host: {bind: 'fe80::1%virbr1'}\n" + arms},
	{"host.bind of another family", head + remote + "host: {bind: 'fd00::1'}\n" + arms},
	{"limits that the plan exceeds", head + remote + arms + "limits: {hours: 0.1, boots: 9}\n"},
	{"limits that the search exceeds", head + remote + "design: adaptive\nsettings: {tcp.rss: [enabled, disabled]}\nsearch: {workload: tcp-to-guest}\nblocks: 20\nlimits: {boots: 69}\n"},
	{"data that no adapter has", head + strings.Replace(remote, "data: 192.0.2.11", "data: 'ff02::1%eth0'", 1) + arms},
	{"data is an address, misspelt", head + strings.Replace(remote, "data: 192.0.2.11", "data: 192.0.2.300", 1) + arms},
	{"data with a port", head + strings.Replace(remote, "data: 192.0.2.11", "data: 192.0.2.11:5201", 1) + arms},
	{"user on two lines", head + strings.Replace(remote, "user: admin", `user: "a\nb"`, 1) + arms},
	{"password inline", head + strings.Replace(remote, "password_env: PW", "password: hunter2", 1) + arms},
	{"password in password_env", head + strings.Replace(remote, "password_env: PW", "password_env: hunter2!", 1) + arms},
	{"no password", head + strings.Replace(remote, "  password_env: PW\n", "", 1) + arms},
	{"two passwords", head + remote + "  password_file: /x\n" + arms},
	{"password_file on two lines", head + strings.Replace(remote, "password_env: PW", `password_file: "a\nb"`, 1) + arms},
	{"libvirt URI with parameters", head + remote + "  rescue: {libvirt: {domain: win10, uri: 'qemu+ssh://host/system?command=/tmp/evil'}}\n" + arms},
	{"libvirt URI with an option of ssh", head + remote + "  rescue: {libvirt: {domain: win10, uri: 'qemu+ssh://-oProxyCommand=evil@host/system'}}\n" + arms},
	{"password_file_shared alone", head + remote + "  password_file_shared: true\n" + arms},
	{"password_file_shared of another word", head + strings.Replace(remote, "password_env: PW", "password_file: /x\n  password_file_shared: group", 1) + arms},
	{"transport.scheme", head + remote + "  transport: {scheme: htps}\n" + arms},
	{"transport.auth", head + remote + "  transport: {auth: kerberos}\n" + arms},
	{"password_prompt and password_env", head + remote + "  password_prompt: true\n" + arms},
	{"password_prompt: false alone", head + strings.Replace(remote, "password_env: PW", "password_prompt: false", 1) + arms},
	{"certificate over http", head + certified + "  transport: {auth: certificate, client_cert: c.pem, client_key: k.pem}\n" + arms},
	{"certificate without its files", head + certified + "  transport: {scheme: https, auth: certificate}\n" + arms},
	{"certificate and a password", head + remote + "  transport: {scheme: https, auth: certificate, client_cert: c.pem, client_key: k.pem}\n" + arms},
	{"certificate files without it", head + remote + "  transport: {client_cert: c.pem, client_key: k.pem}\n" + arms},
	{"proxy", head + remote + "  transport: {proxy: proxy.example}\n" + arms},
	{"proxy with a password", head + remote + "  transport: {proxy: 'http://me:hunter2@proxy.example:3128'}\n" + arms},
	{"trust over http", head + remote + "  trust: {insecure: true}\n" + arms},
	{"trust twice", head + remote + "  transport: {scheme: https}\n  trust: {insecure: true, ca: x.pem}\n" + arms},
	{"trust.fingerprint", head + remote + "  transport: {scheme: https}\n  trust: {fingerprint: AB:CD}\n" + arms},
	{"trust.insecure", head + remote + "  transport: {scheme: https}\n  trust: {insecure: yes}\n" + arms},
	{"trust.ca", head + remote + "  transport: {scheme: https}\n  trust: {ca: [a]}\n" + arms},
	{"generation", head + remote + "  generation: w12\n" + arms},
	{"iperf in the guest", head + remote + "  iperf: 'a\"b'\n" + arms},
	{"iperf_port", head + remote + "  iperf_port: 0\n" + arms},
	{"host.bind", head + lab + "host: {bind: eth0}\n" + arms},
	{"host.iperf", head + lab + "host: {iperf: {}}\n" + arms},
	{"peer.command", head + lab + "peer: {command: ssh lab2}\n" + arms},
	{"peer.command empty", head + lab + "peer: {command: []}\n" + arms},
	{"peer without command", head + lab + "peer: {iperf: iperf3}\n" + arms},
	{"peer.iperf with a blank", head + lab + "peer: {command: [ssh, lab2], iperf: 'iperf3 -s'}\n" + arms},
	{"peer beside host.iperf", head + lab + "peer: {command: [ssh, lab2]}\nhost: {iperf: iperf3}\n" + arms},
	{"peer with a meter that a shell takes apart", head + lab + "peer: {command: [ssh, lab2], meter: 'my meter'}\nworkloads: [{protocol: latency}]\n" + arms},
	{"host unknown key", head + lab + "host: {binds: 192.0.2.1}\n" + arms},

	{"design missing", head + lab + "arms:\n  - set: {tcp.autotuninglevel: disabled}\n"},
	{"design", head + lab + "design: factoral\nsettings: {tcp.rss: [enabled]}\n"},
	{"design is a group", head + lab + "design: {list: []}\n"},
	{"profile", head + lab + "design: profile\nprofile: seed-visa\n"},
	{"profile missing", head + lab + "design: profile\n"},
	{"profile in a list", head + lab + "profile: seed-vista\n" + arms},
	{"arms missing", head + lab + "design: list\n"},
	{"arms is a group", head + lab + "design: list\narms: {a: b}\n"},
	{"arms in a factorial", head + lab + strings.Replace(arms, "list", "factorial", 1) + "settings: {tcp.rss: [enabled]}\n"},
	{"arm is a word", head + lab + "design: list\narms: [seed-vista]\n"},
	{"arm name", head + lab + "design: list\narms:\n  - {name: a b, use: seed-vista}\n"},
	{"arm name kept", head + lab + "design: list\narms:\n  - {name: placebo, use: seed-vista}\n"},
	{"arm name twice", head + lab + "design: list\narms:\n  - {name: a, use: seed-vista}\n  - {name: a, set: {tcp.rss: enabled}}\n"},
	{"arm use", head + lab + "design: list\narms:\n  - {use: seed-vsta}\n"},
	{"arm set is a list", head + lab + "design: list\narms:\n  - {set: [tcp.rss]}\n"},
	{"arm set unknown setting", head + lab + "design: list\narms:\n  - {set: {tcp.autotunninglevel: disabled}}\n"},
	{"arm set illegal value", head + lab + "design: list\narms:\n  - {set: {tcp.autotuninglevel: disable}}\n"},
	{"arm set value is a list", head + lab + "design: list\narms:\n  - {set: {tcp.autotuninglevel: [disabled]}}\n"},
	{"arm set without a value", head + lab + "design: list\narms:\n  - set:\n      tcp.autotuninglevel:\n"},
	{"arm set superseded", head + lab + "design: list\narms:\n  - {set: {tcp.congestionprovider: ctcp}}\n"},
	{"arm unknown key", head + lab + "design: list\narms:\n  - {profile: seed-vista}\n"},
	{"settings is a list", head + lab + "design: factorial\nsettings: [tcp.rss]\n"},
	{"settings without a list", head + lab + "design: factorial\nsettings: {tcp.rss: enabled}\n"},
	{"settings empty list", head + lab + "design: factorial\nsettings: {tcp.rss: []}\n"},
	{"settings illegal value", head + lab + "design: factorial\nsettings:\n  tcp.rss:\n    - enabled\n    - on\n"},
	{"settings in a list", head + lab + arms + "settings: {tcp.rss: [enabled]}\n"},
	{"forbid is a group", head + lab + arms + "forbid: {tcp.rss: enabled}\n"},
	{"forbid untested", head + lab + arms + "forbid:\n  - {tcp.rss: enabled}\n"},
	{"baseline illegal value", head + lab + arms + "baseline: {tcp.rss: maybe}\n"},
	{"baseline is a word", head + lab + arms + "baseline: found\n"},
	{"search of a list", head + lab + arms + "search: {confirm: 5}\n"},
	{"search without a workload", head + lab + "design: adaptive\nsettings: {tcp.rss: [enabled, disabled]}\n"},
	{"search of no workload", head + lab + "design: adaptive\nsettings: {tcp.rss: [enabled, disabled]}\nsearch: {workload: tcp-to-gest, metric: speed, confirm: 4, arm: x}\n"},
	{"search of a metric that is not there", head + lab + "design: adaptive\nsettings: {tcp.rss: [enabled, disabled]}\nsearch: {workload: tcp-to-guest, metric: loss}\n"},
	{"search with too few blocks", head + lab + "design: adaptive\nsettings: {tcp.rss: [enabled, disabled]}\nsearch: {workload: tcp-to-guest}\nblocks: 2\n"},
	{"search of arms and settings", head + lab + "design: adaptive\nsettings: {tcp.rss: [enabled, disabled]}\narms: [{use: seed-vista}]\nsearch: {workload: tcp-to-guest}\n"},
	{"screen with too few blocks", head + lab + "design: factorial-screen\nsettings: {tcp.rss: [enabled, disabled]}\nsearch: {workload: tcp-to-guest}\nblocks: 2\n"},
	{"screen of one setting", head + lab + "design: factorial-screen\nsettings: {tcp.rss: [enabled, disabled]}\nsearch: {workload: tcp-to-guest}\n"},
	{"labels", head + lab + "design: aa\nlabels: 1\n"},
	{"labels of a list", head + lab + arms + "labels: 6\n"},
	{"placebo", head + lab + arms + "placebo: ja\n"},
	{"wrong for every generation", head + remote + "design: list\narms:\n  - {set: {tcp.rss: maybe}}\n"},

	{"workloads empty", head + lab + arms + "workloads: []\n"},
	{"workloads is a word", head + lab + arms + "workloads: tcp\n"},
	{"workload name", head + lab + arms + "workloads:\n  - {name: -x}\n"},
	{"workload names twice", head + lab + arms + "workloads:\n  - {direction: both}\n  - {direction: to-guest}\n"},
	{"workload protocol", head + lab + arms + "workloads:\n  - {protocol: sctp}\n"},
	{"workload tool", head + lab + arms + "workloads:\n  - {tool: iperf}\n"},
	{"workload of iperf3 with the meter's", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 1M, length: 100, offload: true, request: 64, load: to-guest}\n"},
	{"workload of the meter with iperf3's", head + lab + arms + "workloads:\n  - {tool: meter, direction: to-guest, congestion: bbr, offload: true, per_second: 3}\n"},
	{"workload latency with what it has not", head + lab + arms + "workloads:\n  - {protocol: latency, tool: iperf3, direction: both, rate: 1M, length: 100, congestion: bbr, streams: 2}\n"},
	{"workload latency out of bounds", head + lab + arms + "workloads:\n  - {protocol: latency, request: 7, response: 1048577, per_second: -1, load: both}\n"},
	{"workload latency on xp", head + remote + "  generation: xp\n  iperf: 'C:\\iperf3.exe'\ndesign: list\narms:\n  - set: {tcpip.TcpAckFrequency: 1}\nworkloads:\n  - {protocol: latency}\n"},
	{"meter on 8", head + "guest: {control: 192.0.2.10, data: 192.0.2.11, user: u, password_env: P, generation: nt62}\n" + arms + "workloads:\n  - {protocol: tcp, tool: meter, direction: to-guest}\n"},
	{"meter's port is iperf3's", head + "guest: {control: 192.0.2.10, data: 192.0.2.11, user: u, password_env: P, iperf_port: 5202}\n" + arms + "workloads:\n  - {protocol: latency}\n"},
	{"meter's port is WinRM's", head + "guest: {control: '192.0.2.10:5202', data: 192.0.2.10, user: u, password_env: P}\n" + arms + "workloads:\n  - {protocol: latency}\n"},
	{"second iperf3 at iperf2's port", head + strings.Replace(remoteXP, "generation", `iperf: 'C:\iperf3.exe', iperf2_port: 5203, generation`, 1) + "workloads:\n  - {direction: at-once}\n  - {tool: iperf2}\n"},
	{"iperf2 both ways at once", head + remoteXP + "workloads:\n  - {tool: iperf2, direction: at-once}\n"},
	{"iperf2 with iperf3's", head + remoteXP + "workloads:\n  - {tool: iperf2, direction: both, omit: 1, rate: 1M, length: 100, offload: true, load: to-guest}\n"},
	{"iperf2 over UDP", head + remoteXP + "workloads:\n  - {tool: iperf2, protocol: udp, direction: from-guest, streams: 2, congestion: reno}\n"},
	{"iperf2's rate", head + remoteXP + "workloads:\n  - {tool: iperf2, protocol: udp, rate: 0, length: 100}\n  - {tool: iperf2, protocol: udp, rate: {from: 1M, to: 2M}, length: 101}\n"},
	{"iperf2 of latency", head + remoteXP + "workloads:\n  - {tool: iperf2, protocol: latency}\n"},
	{"iperf2 on 10", head + lab + arms + "workloads:\n  - {tool: iperf2}\n"},
	{"iperf2 from a peer", head + remoteXP + "workloads:\n  - {tool: iperf2}\npeer: {command: [ssh, h]}\n"},
	{"iperf2 at iperf3's port", head + strings.Replace(remoteXP, "generation", "iperf2_port: 5201, generation", 1) + "workloads:\n  - {tool: iperf2}\n"},
	{"iperf2 at WinRM's port", head + strings.Replace(strings.Replace(remoteXP, "generation", "iperf2_port: 5985, generation", 1), "2.11", "2.10", 1) + "workloads:\n  - {tool: iperf2}\n"},
	{"iperf2 is iperf3", head + strings.Replace(remoteXP, "generation", `iperf: 'C:\iperf.exe', iperf2: 'C:\IPERF.exe', generation`, 1) + "workloads:\n  - {tool: iperf2}\n"},
	{"iperf2 in a folder with a space", head + strings.Replace(remoteXP, "generation", `iperf2: 'C:\Program Files\iperf.exe', generation`, 1) + "workloads:\n  - {tool: iperf2}\n"},
	{"iperf2 and the default iperf3.exe", head + remoteXP + "workloads:\n  - {tool: iperf2}\n  - {direction: to-guest}\n"},
	{"UDP both ways at once", head + lab + arms + "workloads:\n  - {protocol: udp, direction: at-once, rate: 1M, length: 100}\n"},
	{"the meter both ways at once", head + lab + arms + "workloads:\n  - {tool: meter, direction: at-once}\n"},
	{"second iperf3 at the first's port", head + "guest: {control: 192.0.2.10, data: 192.0.2.11, user: u, password_env: P, iperf_port: 5203}\n" + arms + "workloads:\n  - {direction: at-once}\n"},
	{"second iperf3 at the meter's port", head + "guest: {control: 192.0.2.10, data: 192.0.2.11, user: u, password_env: P, iperf_second_port: 5202}\n" + arms + "workloads:\n  - {direction: at-once}\n  - {protocol: latency}\n"},
	{"second iperf3 at WinRM's port", head + "guest: {control: '192.0.2.10:5203', data: 192.0.2.10, user: u, password_env: P}\n" + arms + "workloads:\n  - {direction: at-once}\n"},
	{"workload direction", head + lab + arms + "workloads:\n  - {direction: from_guest}\n"},
	{"workload streams", head + lab + arms + "workloads:\n  - {streams: 129}\n"},
	{"workload seconds", head + lab + arms + "workloads:\n  - {seconds: 0.5}\n"},
	{"workload omit", head + lab + arms + "workloads:\n  - {omit: -1}\n"},
	{"workload congestion", head + lab + arms + "workloads:\n  - {congestion: '--help'}\n"},
	{"workload congestion of the guest", head + lab + arms + "workloads:\n  - {direction: from-guest, congestion: bbr}\n"},
	{"workload congestion of UDP", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 1M, length: 100, congestion: bbr}\n"},
	{"workload UDP without rate and length", head + lab + arms + "workloads:\n  - {protocol: udp}\n"},
	{"workload rate", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 10 Mbit/s, length: 100}\n"},
	{"workload length", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 10M, length: 70000}\n"},
	{"workload ladder without an end", head + lab + arms + "workloads:\n  - {protocol: udp, rate: {from: 50M}, length: 1472}\n"},
	{"workload ladder downwards", head + lab + arms + "workloads:\n  - {protocol: udp, rate: {from: 50M, to: 10M}, length: 1472}\n"},
	{"workload ladder from nothing", head + lab + arms + "workloads:\n  - {protocol: udp, rate: {from: 0, to: 10M}, length: 1472}\n"},
	{"workload ladder with a wrong loss", head + lab + arms + "workloads:\n  - {protocol: udp, rate: {from: 5M, to: 10M, loss_below: 0%}, length: 1472}\n"},
	{"workload ladder with an unknown key", head + lab + arms + "workloads:\n  - {protocol: udp, rate: {from: 5M, to: 10M, step: 2}, length: 1472}\n"},
	{"workload ladder of the meter", head + lab + arms + "workloads:\n  - {protocol: udp, tool: meter, rate: {from: 5M, to: 10M}, length: 1472}\n"},
	{"workload ladder over TCP", head + lab + arms + "workloads:\n  - {rate: {from: 5M, to: 10M}}\n"},
	{"workload lengths empty", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 5M, length: []}\n"},
	{"workload lengths wrong", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 5M, length: [512, 70000]}\n"},
	{"workload lengths twice", head + lab + arms + "workloads:\n  - {protocol: udp, rate: 5M, length: [512, 512]}\n"},
	{"workload preset in a list", head + lab + arms + "workloads: [quick]\n"},
	{"workloads without a value", head + lab + arms + "workloads:\n"},
	{"workload message of the meter", head + lab + arms + "workloads:\n  - {tool: meter, length: 512}\n"},
	{"workload preset that the guest has no meter for", head + "guest: {lab: {kind: fast, generation: xp}}\ndesign: list\narms:\n  - set: {tcpip.TcpWindowSize: 65535}\nworkloads: thorough\n"},
	{"workload TCP with rate and length", head + lab + arms + "workloads:\n  - {rate: 10M, length: 100}\n"},
	{"workload unknown key", head + lab + arms + "workloads:\n  - {time: 3}\n"},

	{"blocks", head + lab + arms + "blocks: 0\n"},
	{"repetitions", head + lab + arms + "repetitions: three\n"},
	{"margin", head + lab + arms + "margin: 0%\n"},
	{"alpha", head + lab + arms + "alpha: 5%\n"},
	{"alpha is not a number", head + lab + arms + "alpha: .nan\n"},
	{"seed", head + lab + arms + "seed: -1\n"},
	{"covariate of another name", head + lab + arms + "covariate: memory\n"},
	{"covariate of a search", head + lab + "design: adaptive\narms:\n  - set: {tcp.autotuninglevel: disabled}\nblocks: 20\ncovariate: memory-copy\n"},
	{"covariate within boots", head + lab + arms + "switch: within-boot\ncovariate: memory-copy\n"},
	{"covariate of arms that settle", head + lab + arms + "blocks: 4\nsettle_arms: 2\ncovariate: memory-copy\n"},
	{"covariate that a setting touches", head + lab + "design: list\narms:\n  - set: {power.scheme: 8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c}\ncovariate: memory-copy\n"},
	{"settle", head + lab + arms + "settle: 2 s\n"},
	{"rescue is a word", head + remote + "  rescue: agent\n" + arms},
	{"rescue unknown key", head + remote + "  rescue: {qemu: /run/qmp}\n" + arms},
	{"rescue.dead_man", head + remote + "  rescue: {dead_man: 1s}\n" + arms},
	{"rescue.dead_man without unit", head + remote + "  rescue: {dead_man: 10}\n" + arms},
	{"rescue sockets", head + remote + "  rescue: {qmp: run/qmp, guest_agent: /" + strings.Repeat("x", 120) + "}\n" + arms},
	{"libvirt without a domain", head + remote + "  libvirt: {uri: 'qemu:///system'}\n" + arms},
	{"libvirt with a domain that is none", head + remote + "  libvirt: -w\n" + arms},
	{"libvirt of a lab", head + "guest: {lab: {kind: fast}, libvirt: w}\n" + arms},
	{"libvirt beside a socket", head + remote + "  libvirt: w\n  rescue: {qmp: /run/qmp}\n" + arms},
	{"libvirt and another rescue.libvirt", head + remote + "  libvirt: w\n  rescue: {libvirt: {domain: v}}\n" + arms},
	{"libvirt and rescue.libvirt elsewhere", head + remote + "  libvirt: w\n  rescue: {libvirt: {domain: w, uri: 'qemu:///session'}}\n" + arms},
	{"no libvirt and no addresses", head + "guest: {user: admin, password_env: PW, rescue: {libvirt: {domain: w}}}\n" + arms},
	{"xml of a machine that is no domain", head + remote + "variants: [{name: a}, {name: b, xml: [{path: vcpu, set: 4}]}]\n" + arms},
	{"xml and a command", head + patched + "variants: [{name: a}, {name: b, command: [x], undo: [y], xml: [{path: vcpu, set: 4}]}]\n" + arms},
	{"xml and an undo", head + patched + "variants: [{name: a}, {name: b, undo: [y], xml: [{path: vcpu, set: 4}]}]\n" + arms},
	{"xml beside a command without an undo", head + patched + "variants: [{name: a, command: [x]}, {name: b, xml: [{path: vcpu, set: 4}]}]\n" + arms},
	{"a driver and a command", head + patched + "variants: [{name: a}, {name: b, command: [x], driver: drv}]\n" + arms},
	{"a driver and xml", head + patched + "variants: [{name: a}, {name: b, xml: [{path: vcpu, set: 4}], driver: drv}]\n" + arms},
	{"a driver and an undo", head + patched + "variants: [{name: a}, {name: b, undo: [y], driver: drv}]\n" + arms},
	{"a driver beside a command without an undo", head + patched + "variants: [{name: a, command: [x]}, {name: b, driver: drv}]\n" + arms},
	{"a driver of an old guest", head + remote + "  generation: nt62\nvariants: [{name: a}, {name: b, driver: drv}]\n" + arms},
	{"a driver without a folder", head + patched + "variants: [{name: a}, {name: b, driver: ''}]\n" + arms},
	{"drivers in a list", head + patched + "variants: [{name: a}, {name: b, driver: [drv]}]\n" + arms},
	{"the same package twice", head + patched + "variants: [{name: a, driver: one}, {name: b, driver: two}]\n" + arms + packagesMark + packages{aPackage("one", "1"), aPackage("two", "1")}.text()},
	{"xml without edits", head + patched + "variants: [{name: a}, {name: b, xml: []}]\n" + arms},
	{"xml without a path", head + patched + "variants: [{name: a}, {name: b, xml: [{set: 4}]}]\n" + arms},
	{"xml with a path that is none", head + patched + "variants: [{name: a}, {name: b, xml: [{path: //vcpu, set: 4}]}]\n" + arms},
	{"xml that does nothing", head + patched + "variants: [{name: a}, {name: b, xml: [{path: vcpu}]}]\n" + arms},
	{"xml that does two things", head + patched + "variants: [{name: a}, {name: b, xml: [{path: vcpu, set: 4, remove: true}]}]\n" + arms},
	{"xml that inserts no element", head + patched + "variants: [{name: a}, {name: b, xml: [{path: devices, insert: '<a'}]}]\n" + arms},
	{"rescue.libvirt beside a socket", head + remote + "  rescue: {qmp: /run/qmp, libvirt: {domain: w}}\n" + arms},
	{"rescue.libvirt without a domain", head + remote + "  rescue: {libvirt: {uri: 'qemu:///system'}}\n" + arms},
	{"rescue.libvirt domain and uri", head + remote + "  rescue: {libvirt: {domain: -w, uri: system}}\n" + arms},
	{"rescue.libvirt with a password", head + remote + "  rescue: {libvirt: {domain: w, uri: 'qemu+ssh://me:hunter2@host/system'}}\n" + arms},
	{"rescue.snapshot without a machine", head + remote + "  rescue: {snapshot: clean}\n" + arms},
	{"rescue.snapshot", head + remote + "  rescue: {qmp: /run/qmp, snapshot: 'a b'}\n" + arms},
	{"rescue of a lab", head + "guest: {lab: {kind: fast}, rescue: {qmp: /run/qmp}}\n" + arms},

	{"limits is a number", head + lab + arms + "limits: 5\n"},
	{"limits.hours", head + lab + arms + "limits: {hours: 0}\n"},
	{"limits.boots", head + lab + arms + "limits: {boots: many}\n"},
	{"limits.reboot", head + lab + arms + "limits: {reboot: {down: 0s, up: 3 days, gone: 1s}}\n"},
	{"limits.answer", head + lab + arms + "limits: {answer: 2s}\n"},
	{"limits.command", head + lab + arms + "limits: {command: 9s}\n"},
	{"limits.failures_in_a_row", head + lab + arms + "limits: {failures_in_a_row: 0}\n"},
	{"limits unknown key", head + lab + arms + "limits: {failures: 3}\n"},
	{"notify.command missing", head + lab + arms + "notify: {on: [end]}\n"},
	{"notify.command is a word", head + lab + arms + "notify: {command: mail}\n"},
	{"margins is no group", head + lab + arms + "margins: 2%\n"},
	{"margins empty", head + lab + arms + "margins: {}\n"},
	{"margins of a metric that is misspelt", head + lab + arms + "margins: {throughputs: 2}\n"},
	{"margins of an unknown metric", head + lab + arms + "margins:\n  frobs: 2\n"},
	{"margins without a value", head + lab + arms + "margins: {loss: }\n"},
	{"margins zero", head + lab + arms + "margins: {loss: 0}\n"},
	{"margins negative", head + lab + arms + "margins: {throughput: -2%}\n"},
	{"margins of all of it", head + lab + arms + "margins: {throughput: 100%, loss: 100}\n"},
	{"margins not finite", head + lab + arms + "margins: {loss: .inf, jitter: .nan, retransmits: 1e400}\n"},
	{"margins with another unit", head + lab + arms + "margins: {latency: 2ms}\n"},
	{"margins twice", head + lab + arms + "margins: {loss: 1, loss: 2}\n"},
	{"notify.command empty", head + lab + arms + "notify: {command: []}\n"},
	{"notify.command nested", head + lab + arms + "notify: {command: [[mail]]}\n"},
	{"notify.on", head + lab + arms + "notify: {command: [mail], on: [fail]}\n"},
	{"notify.on empty", head + lab + arms + "notify: {command: [mail], on: []}\n"},
	{"notify.on twice", head + lab + arms + "notify: {command: [mail], on: [end, end]}\n"},
	{"notify unknown key", head + lab + arms + "notify: {commands: [mail]}\n"},

	{"pairwise of one setting", head + lab + "design: pairwise\nsettings: {tcp.rss: [enabled, disabled]}\n"},
	{"pairwise of which all is forbidden", head + lab + "design: pairwise\nsettings: {tcp.rss: [enabled], tcp.rsc: [enabled, disabled]}\nforbid: [{tcp.rss: enabled}]\n"},
	{"strength", head + lab + two("covering") + "strength: 7\n"},
	{"strength of pairwise", head + lab + two("pairwise") + "strength: 3\n"},
	{"strength beyond the settings", head + lab + two("covering")},
	{"resolution", head + lab + two("fractional") + "resolution: IV\n"},
	{"fractional of three values", head + lab + "design: fractional\nsettings: {tcp.rss: [enabled, disabled], tcp.autotuninglevel: [normal, restricted, disabled]}\n"},
	{"fractional with what is forbidden", head + lab + two("fractional") + "forbid: [{tcp.rss: enabled, tcp.rsc: enabled}]\n"},
	{"plackett-burman merged", head + lab + two("plackett-burman") + "merge_inert: true\n"},
	{"sample without rows", head + lab + two("sample")},
	{"sample of more than there are", head + lab + two("sample") + "rows: 5\n"},
	{"rows of a factorial", head + lab + two("factorial") + "rows: 5\n"},
	{"linked is no list of lists", head + lab + two("factorial") + "linked: [tcp.rss, tcp.rsc]\n"},
	{"linked alone", head + lab + two("factorial") + "linked: [[tcp.rss]]\n"},
	{"linked twice", head + lab + two("factorial") + "linked: [[tcp.rss, tcp.rsc], [tcp.rsc, tcp.rss]]\n"},
	{"linked without values", head + lab + two("factorial") + "linked: [[tcp.rss, tcp.timestamps]]\n"},
	{"linked of different lengths", head + lab + "design: factorial\nsettings: {tcp.rss: [enabled, disabled], tcp.autotuninglevel: [normal, restricted, disabled]}\nlinked: [[tcp.rss, tcp.autotuninglevel]]\n"},
	{"linked values twice", head + lab + "design: factorial\nsettings: {tcp.rss: [enabled, enabled], tcp.rsc: [disabled, disabled]}\nlinked: [[tcp.rss, tcp.rsc]]\n"},
	{"linked in a list", head + lab + arms + "linked: [[tcp.rss, tcp.rsc]]\n"},

	{"several at once", "name: a b\nguest: {lab: {kind: vmm}}\ndesign: list\narms:\n  - {set: {tcp.rss: on}}\n  - {use: nosuch}\nworkloads:\n  - {protocol: tpc}\nblocks: none\n"},
}

// two is a design over two settings.
func two(design string) string {
	return "design: " + design + "\nsettings: {tcp.rss: [enabled, disabled], tcp.rsc: [enabled, disabled]}\n"
}

// TestWrongFiles compares every message with testdata/wrong.golden, which people
// can read as the list of what the product says.
func TestWrongFiles(t *testing.T) {
	const golden = "testdata/wrong.golden"
	var got strings.Builder
	seen := map[string]bool{}
	for _, w := range wrong {
		if seen[w.name] {
			t.Errorf("%s: two cases of this name", w.name)
		}
		seen[w.name] = true
		_, err := Parse("c.yaml", []byte(w.file))
		if err == nil {
			t.Errorf("%s: no error", w.name)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message shows the password: %v", w.name, err)
		}
		got.WriteString("== " + w.name + "\n" + err.Error() + "\n")
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("messages differ from %s (-update writes it anew), -want +got:\n%s", golden, diff)
	}
}

// FuzzParse: any bytes give a campaign or problems with positions, and what was
// taken can be planned on some generation.
func FuzzParse(f *testing.F) {
	f.Add(Template())
	f.Add([]byte(minimal))
	for _, w := range wrong {
		f.Add([]byte(w.file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("c.yaml", data)
		if err != nil {
			all, ok := err.(Errors)
			if !ok || len(all) == 0 {
				t.Fatalf("error of type %T: %v", err, err)
			}
			for _, p := range all {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("problem without place or words: %+v", p)
				}
			}
			return
		}
		if c.Name == "" || len(c.Workloads) == 0 || c.Blocks < 1 || (c.Guest.Lab == nil) == (c.Guest.Remote == nil) {
			t.Errorf("incomplete campaign: %+v", c)
		}
	})
}
