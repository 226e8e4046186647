package enginetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
)

// The task's script where the cmdlets are not, where they refuse, where the adapter is gone, and
// where it starts too late or a second time: what it leaves says so, and what it called is what it should.
func TestTheTaskThatRestartsAnAdapter(t *testing.T) {
	k := engine(t)
	good := states(t, k)[0].State
	const (
		none     = "function Get-Command { param($Name, $ErrorAction) }\n" // no cmdlet of the module
		byCIM    = "function Invoke-CimMethod { param([Parameter(ValueFromPipeline)]$InputObject, $MethodName) process { [void](Enter-Mock 'Invoke-CimMethod' $MethodName); Save-Kit; [pscustomobject]@{ ReturnValue = [uint32]%d } } }\n"
		begun    = "[IO.File]::WriteAllText(\"$env:ProgramFiles\\vnettune\\restart-began\", '')\n"
		late     = "[IO.File]::SetLastWriteTimeUtc(\"$env:ProgramFiles\\vnettune\\restart.json\", [DateTime]::UtcNow.AddHours(-1))\n"
		finished = "[IO.File]::WriteAllText(\"$env:ProgramFiles\\vnettune\\restart-done.json\", '{\"token\":\"" + nonce + "\",\"ok\":true}')\n"
	)
	cases := []struct {
		name, before string
		ok           bool
		says         string
		calls        string // of restarting and enabling, in order
	}{
		{name: "good", ok: true, calls: "Restart-NetAdapter"},
		{name: "no cmdlet", before: none + fmt.Sprintf(byCIM, 0), ok: true, calls: "Disable Enable"},
		{name: "no cmdlet and denied", before: none + fmt.Sprintf(byCIM, 5), says: "MSFT_NetAdapter.Disable returns 5; then: MSFT_NetAdapter.Enable returns 5", calls: "Disable Enable"},
		{name: "denied", before: "(Get-Kit).throw = @{ 'Restart-NetAdapter' = 'Access is denied.' }; Save-Kit\n", says: "Access is denied.", calls: "Restart-NetAdapter Enable-NetAdapter"},
		{name: "no such adapter", before: "(Get-Kit).cim.MSFT_NetAdapter = @(); Save-Kit\n", says: "0 adapters have the GUID"},
		{name: "too late", before: late, says: "too late"},
		{name: "after a crash", before: begun, says: "the system stopped", calls: "Enable-NetAdapter"},
		{name: "once more", before: finished, ok: true},
	}
	in, err := json.Marshal(func() terms.RestartInput { r := restart; r.Limit = 5; return r }())
	if err != nil {
		t.Fatal(err)
	}
	var jobs []job
	for _, c := range cases {
		add := func(what, script, stdin string) {
			jobs = append(jobs, job{ID: c.name + ": " + what, Script: script, Stdin: stdin, State: good, Session: strings.ReplaceAll(c.name, " ", "-")})
		}
		add("restart", scripts.Source(scripts.Restart), string(in))
		add("task", c.before+scripts.Source(scripts.Restarting), "")
		add("calls", `[Console]::Out.WriteLine((@((Get-Kit).log | Where-Object { $_ -match '^(Restart|Enable)-NetAdapter|^Invoke-CimMethod' }) -replace ' \{.*', '' -replace 'Invoke-CimMethod ', '') -join ' ')`, "")
		add("result", scripts.Source(scripts.Restarted), `{"action":"result"}`)
		add("left", `Get-ChildItem "$env:ProgramFiles\vnettune" -Name -Filter restart*`, "")
		add("remove", scripts.Source(scripts.Restarted), `{"action":"remove"}`)
	}
	answers := k.jobs(t, jobs)
	var wrong []string
	for _, c := range cases {
		a := decoded[terms.RestartAnswer](&wrong, answers[c.name+": result"])
		if a.Token != nonce || a.OK != c.ok || !strings.Contains(a.Message, c.says) || (a.Message == "") != c.ok {
			t.Errorf("%s: restart %s, task %q, result %s", c.name, answers[c.name+": restart"].Stdout, answers[c.name+": task"].Errors, answers[c.name+": result"].Stdout)
		}
		if got := strings.TrimSpace(answers[c.name+": calls"].Stdout); got != c.calls {
			t.Errorf("%s: called %q, want %q", c.name, got, c.calls)
		}
		if left := strings.Fields(answers[c.name+": left"].Stdout); len(left) != 1 || left[0] != "restart-done.json" {
			t.Errorf("%s: left in the folder: %q", c.name, left)
		}
	}
	report(t, wrong)
}
