package enginetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
)

// What Wine has not: a catalog's signature, a package's way into the driver store, the function of newdev.dll and the
// configuration of an adapter. Each call is logged as the kit logs its own.
const driverMocks = `
function Get-AuthenticodeSignature { param([Parameter(Position = 0)]$FilePath)
  [void](Enter-Mock 'Get-AuthenticodeSignature' ([IO.Path]::GetFileName($FilePath))); Save-Kit
  $text = [IO.File]::ReadAllText($FilePath)
  if ($text -notmatch '^vnettune test catalog, signed by ([0-9A-F]{40})') { return [pscustomobject]@{ Status = [Management.Automation.SignatureStatus]2; StatusMessage = 'The file is not signed.'; SignerCertificate = $null } }
  [pscustomobject]@{ Status = [Management.Automation.SignatureStatus]0; StatusMessage = ''; SignerCertificate = [pscustomobject]@{ Thumbprint = $Matches[1] } } }
function pnputil.exe {
  [void](Enter-Mock 'pnputil' "$args"); Save-Kit
  $global:LASTEXITCODE = 0
  if ($args[0] -eq '/add-driver') {
    $n = 4
    while ([IO.File]::Exists("$env:SystemRoot\INF\oem$n.inf")) { $n++ }
    [IO.File]::Copy($args[1], "$env:SystemRoot\INF\oem$n.inf")
    'Microsoft PnP Utility', '', "Processing inf :            $([IO.Path]::GetFileName($args[1]))", 'Driver package added successfully.', "Published name :            oem$n.inf"
  } elseif ([IO.File]::Exists("$env:SystemRoot\INF\$($args[1])")) {
    [IO.File]::Delete("$env:SystemRoot\INF\$($args[1])")
    'Microsoft PnP Utility', '', 'Driver package deleted successfully.'
  }
}
if (-not $global:MockedNew) { $global:MockedNew = ${function:New-Object}; $global:MockedCim = ${function:Get-CimInstance}; $global:MockedPath = ${function:Test-Path} }
function Test-Path { param([Parameter(Position = 0)]$Path)
  if ("$Path" -notlike 'Cert:\LocalMachine\TrustedPublisher\*') { return & $MockedPath $Path }
  $of = "TrustedPublisher LocalMachine $(([string]$Path -split '\\')[-1])"
  (Get-Kit).log -contains "trust $of" -and (Get-Kit).log -notcontains "distrust $of" }
function New-Object { param([Parameter(Position = 0)]$TypeName, [Parameter(Position = 1)]$ArgumentList)
  if ($TypeName -ne 'Security.Cryptography.X509Certificates.X509Store') { if ($null -eq $ArgumentList) { return & $MockedNew $TypeName } else { return & $MockedNew $TypeName $ArgumentList } }
  $s = [pscustomobject]@{ Of = "$ArgumentList"; Certificates = [pscustomobject]@{} }
  $s | Add-Member ScriptMethod Open { param($how) }
  $s | Add-Member ScriptMethod Close { }
  $s | Add-Member ScriptMethod Add { param($c) [void](Enter-Mock 'trust' "$($this.Of) $($c.Thumbprint)"); Save-Kit }
  $s | Add-Member ScriptMethod Remove { param($c) [void](Enter-Mock 'distrust' "$($this.Of) $c"); Save-Kit }
  $s.Certificates | Add-Member ScriptMethod Find { param($by, $what, $valid) $what }
  $s }
# There is no compiler in the kit: the class that the text makes is played.
class MockNewDev {
  static [uint32] Install([string]$hardware, [string]$inf) {
    [IO.File]::WriteAllText("$env:ProgramFiles\called.txt", "$hardware|$inf")
    return [uint32]$env:KIT_CODE
  }
}
function Add-Type { param([switch]$PassThru, $Namespace, $Name, $MemberDefinition)
  if ($MemberDefinition -notmatch 'public static uint Install\(string hardware, string inf\)') { throw 'no function' }
  [MockNewDev] }
function Get-CimInstance { param([Parameter(Position = 0)]$ClassName, $Namespace)
  if ($ClassName -eq 'Win32_NetworkAdapterConfiguration') { return [pscustomobject]@{ SettingID = '{4C9D2C0E-0000-4000-8000-000000000001}' } }
  & $MockedCim $ClassName -Namespace $Namespace }
function Invoke-CimMethod { param([Parameter(ValueFromPipeline)]$InputObject, $MethodName, $Arguments)
  [void](Enter-Mock $MethodName (ConvertTo-Json7 $Arguments -Compress)); Save-Kit
  [pscustomobject]@{ ReturnValue = [uint32]"$env:KIT_RETURN" } }
`

// A catalog whose signature the mocks and the stand-in take for a good one.
const (
	testSigner  = "0123456789ABCDEF0123456789ABCDEF01234567"
	testCatalog = "vnettune test catalog, signed by " + testSigner + "\n"
)

const (
	packageHardware = `PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00`
	packageMAC      = "52-54-00-12-34-56"
)

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// A package is put, staged, installed over another one, put back by the dead-man switch and taken out again.
func TestADriversPackage(t *testing.T) {
	k := engine(t)
	good := states(t, k)[0].State
	const inf, catalog = "[Version]\nDriverVer = 01/01/2024,100.95.104.26200\n", testCatalog
	static := terms.IPv4{Addresses: []string{"192.0.2.99"}, Masks: []string{"255.255.255.0"}, Gateways: []string{"192.0.2.1"}, Metrics: []int{1}, DNS: []string{"192.0.2.53"}}
	var jobs []job
	ask := func(id string, n scripts.Name, in any) {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, job{ID: id, Script: driverMocks + scripts.Source(n), Stdin: string(b), State: good, Session: "package"})
	}
	run := func(id, script string) {
		jobs = append(jobs, job{ID: id, Script: script, State: good, Session: "package"})
	}
	installed := func(id string, in terms.Installation, code, returned int, before string) {
		r := restart
		r.Limit, r.Script = 5, "none"
		r.Installation = &in
		ask(id+": restart", scripts.Restart, r)
		run(id, fmt.Sprintf("[IO.File]::Delete(\"$env:ProgramFiles\\called.txt\"); $env:KIT_CODE = '%d'; $env:KIT_RETURN = '%d'\n%s", code, returned, before)+driverMocks+scripts.Source(scripts.Installing))
		ask(id+": result", scripts.Restarted, map[string]string{"action": "result"})
		run(id+": called", `if ([IO.File]::Exists("$env:ProgramFiles\called.txt")) { [Console]::Out.WriteLine([IO.File]::ReadAllText("$env:ProgramFiles\called.txt")) }`)
	}
	piece := func(name, whole string, from, to int, first bool) terms.PackagePiece {
		return terms.PackagePiece{Name: name, SHA256: hashed(whole), Size: len(whole), Offset: from, Data: []byte(whole[from:to]), First: first}
	}
	run("clean", `foreach ($f in [IO.Directory]::GetFiles("$env:SystemRoot\INF", 'oem*.inf')) { [IO.File]::Delete($f) }; [IO.File]::WriteAllText("$env:SystemRoot\INF\oem3.inf", 'found')`)
	ask("inf, first", scripts.Package, piece("netkvm.inf", inf, 0, 10, true))
	ask("inf, elsewhere", scripts.Package, piece("netkvm.inf", inf, 5, 8, false))
	ask("inf, rest", scripts.Package, piece("netkvm.inf", inf, 10, len(inf), false))
	ask("catalog", scripts.Package, piece("netkvm.cat", catalog, 0, len(catalog), false))
	wrong := piece("netkvm.sys", "sys", 0, 3, false)
	wrong.SHA256 = hashed("another")
	ask("another file", scripts.Package, wrong)
	wrong = piece(`..\netkvm.sys`, "sys", 0, 3, false)
	ask("a way out", scripts.Package, wrong)
	look := terms.DriversInput{GUID: restart.GUID, INFs: []string{hashed(inf), hashed("found")}}
	name := "netkvm.cat"
	look.Catalog = &name
	ask("before", scripts.Drivers, look)
	ask("no adapter", scripts.Drivers, terms.DriversInput{GUID: "{0}", INFs: []string{}})
	ask("stage", scripts.Stage, terms.StageInput{Action: terms.StageStage, INF: "netkvm.inf", SHA256: hashed(inf), Catalog: "netkvm.cat"})
	ask("stage again", scripts.Stage, terms.StageInput{Action: terms.StageStage, INF: "netkvm.inf", SHA256: hashed(inf), Catalog: "netkvm.cat"})
	ask("after", scripts.Drivers, look)
	ask("unsigned", scripts.Stage, terms.StageInput{Action: terms.StageStage, INF: "netkvm.inf", SHA256: hashed(inf), Catalog: "netkvm.inf"})
	ask("changed", scripts.Stage, terms.StageInput{Action: terms.StageStage, INF: "netkvm.inf", SHA256: hashed("x"), Catalog: "netkvm.cat"})

	one := terms.Installation{INF: "oem4.inf", Hardware: packageHardware, MAC: packageMAC, IPv4: terms.IPv4{DHCP: true, Addresses: []string{}}}
	installed("install", one, 0, 0, "")
	installed("refused", one, 0x259, 0, "")
	installed("crashed", one, 0, 0, "[IO.File]::WriteAllText(\"$env:ProgramFiles\\vnettune\\restart-began\", '')\n")
	gone := one
	gone.INF = "oem99.inf"
	installed("not in the store", gone, 0, 0, "")
	gone = one
	gone.Hardware = `PCI\VEN_8086&DEV_100E`
	installed("another device", gone, 0, 0, "")
	gone = one
	gone.IPv4 = static
	installed("addresses", gone, 0, 0, "")
	installed("no addresses", gone, 0, 70, "")

	step := terms.Step{Op: "driver", Name: "oem3.inf", Path: "oem4.inf", Data: packageHardware, MAC: packageMAC, IPv4: &static}
	run("armed", `[IO.Directory]::CreateDirectory("$env:ProgramFiles\vnettune"); $env:KIT_CODE = '0'; $env:KIT_RETURN = '0'; [IO.File]::WriteAllText("$env:ProgramFiles\vnettune\revert.json", '`+string(must(t, map[string]any{"steps": []terms.Step{step}}))+`')`+"\n"+driverMocks+scripts.Source(scripts.Revert))
	run("fired", `[Console]::Out.WriteLine([IO.File]::ReadAllText("$env:ProgramFiles\vnettune\revert-done.json")); [Console]::Out.WriteLine([IO.File]::ReadAllText("$env:ProgramFiles\called.txt"))`)
	ask("remove", scripts.Stage, terms.StageInput{Action: terms.StageRemove, Packages: []terms.StagedPackage{{Published: "oem4.inf", SHA256: hashed(inf)}, {Published: "oem3.inf", SHA256: hashed("another")}}, Certificates: []string{testSigner}})
	run("left", `[Console]::Out.WriteLine((@([IO.Directory]::GetFiles("$env:SystemRoot\INF", 'oem*.inf') | ForEach-Object { [IO.Path]::GetFileName($_) }) -join ' ') + ' ' + [IO.Directory]::Exists("$env:ProgramFiles\vnettune\driver"))`)
	run("log", `(Get-Kit).log | Where-Object { $_ -match '^(pnputil|trust|distrust|Enable|SetG|SetD)' } | ForEach-Object { [Console]::Out.WriteLine($_) }`)
	answers := k.jobs(t, jobs)

	says := func(id string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(answers[id].Stdout, part) {
				t.Errorf("%s: %s %q, want %s in it", id, answers[id].Stdout, answers[id].Errors, part)
			}
		}
	}
	says("inf, first", `"size":10`, `"done":false`)
	says("inf, elsewhere", `"where":"offset"`, "10 bytes are there")
	says("inf, rest", `"done":true`)
	says("catalog", `"done":true`)
	says("another file", `"where":"hash"`)
	says("a way out", `"where":"name"`)
	says("no adapter", `"where":"adapter"`)
	says("unsigned", `"where":"signature"`, "not signed")
	says("changed", `"where":"stage"`, "another file")
	says("stage", `"published":"oem4.inf"`)
	says("stage again", `"published":"oem4.inf"`)
	var bad []string
	before, after := decoded[terms.DriversAnswer](&bad, answers["before"]), decoded[terms.DriversAnswer](&bad, answers["after"])
	if len(before.Published) != 2 || before.Published[0] != nil || before.Published[1] == nil || *before.Published[1] != "oem3.inf" {
		t.Errorf("before: %s", answers["before"].Stdout)
	}
	if c := before.Catalog; before.Adapter.Hardware != packageHardware || before.Adapter.Same != 2 || c == nil || c.Status != 0 || c.Signer == nil || *c.Signer != testSigner || c.Trusted {
		t.Errorf("before: %s", answers["before"].Stdout)
	}
	if len(after.Published) != 2 || after.Published[0] == nil || *after.Published[0] != "oem4.inf" {
		t.Errorf("after: %s", answers["after"].Stdout)
	}
	for id, want := range map[string]string{"install": "", "refused": "0x00000259", "crashed": "the system stopped", "not in the store": "has no oem99.inf", "another device": "not allowed", "addresses": "", "no addresses": "EnableStatic returns 70"} {
		a := decoded[terms.RestartAnswer](&bad, answers[id+": result"])
		if a.Token != nonce || a.OK != (want == "") || !strings.Contains(a.Message, want) {
			t.Errorf("%s: %q, result %s", id, answers[id].Errors, answers[id+": result"].Stdout)
		}
	}
	says("install: called", packageHardware+"|", `\INF\oem4.inf`)
	says("fired", `"ok":true`, packageHardware+"|", `\INF\oem3.inf`)
	says("remove", `"ok":true`)
	says("left", "oem3.inf False")
	if log := answers["log"].Stdout; strings.Count(log, "pnputil /add-driver") != 1 || strings.Count(log, "pnputil /delete-driver oem4.inf") != 1 || !strings.Contains(log, "distrust TrustedPublisher LocalMachine "+testSigner) ||
		strings.Count(log, "EnableStatic") != 3 || strings.Count(log, `"IPAddress":["192.0.2.99"]`) != 3 || strings.Count(log, `"SubnetMask":["255.255.255.0"]`) != 3 || strings.Count(log, "SetGateways") != 2 || strings.Count(log, "SetDNSServerSearchOrder") != 2 {
		t.Errorf("calls:\n%s", log)
	}
	report(t, bad)
}

func must(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
