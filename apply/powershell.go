package apply

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// powershell speaks to guests with PowerShell 3 or later (generations nt62, w10,
// w11) through the constant scripts: JSON in, JSON out.
type powershell struct {
	runner terms.Runner
}

// What shutdown.exe is asked (docs/facts/windows-samples.md 5.3).
const (
	shutdownCmd = `shutdown.exe /r /t 1 /f /c vnettune`
	abortCmd    = `shutdown.exe /a`

	// Without /hybrid the guest really shuts down, also one with fast startup
	// (https://learn.microsoft.com/windows-server/administration/windows-commands/shutdown).
	switchOffCmd = `shutdown.exe /s /t 1 /f /c vnettune`
)

// ScriptError is an error that one of the constant scripts reported from inside the guest.
type ScriptError struct {
	Script  scripts.Name
	Where   string
	Message string
	Code    int // Windows' own number of the error, where the script gives it; 0 for none
}

// Error says where in the script it happened, in the guest's words.
func (e *ScriptError) Error() string {
	if e.Where == whereLanguage {
		return fmt.Sprintf("script %s on the guest: PowerShell is in constrained language mode there (%s), in which no script of vnettune can work", e.Script, e.Message)
	}
	if e.Where == whereAntivirus {
		return fmt.Sprintf("script %s on the guest: the antivirus there refuses its text (%s), and nothing of it was done", e.Script, e.Message)
	}
	return fmt.Sprintf("script %s on the guest: %s: %s", e.Script, e.Where, e.Message)
}

// whereLanguage is where every script fails, as its first act, that PowerShell's
// constrained language mode stops (CONTRACT.md).
const whereLanguage = "language"

// whereProgram is where a script fails that looks for a program and asks it for its version.
const whereProgram = "exe"

// whereAntivirus is where a script failed whose text an antivirus refused: PowerShell parses
// none of it, so that the script cannot say so itself. refusedText is the identifier of that
// error, which no language changes (docs/facts/windows-answers.md D10).
const (
	whereAntivirus = "antivirus"
	refusedText    = "ScriptContainedMaliciousContent"
)

// refused says whether an antivirus kept a script back. Lines may be broken anywhere.
func refused(r winrm.Result) bool {
	words := strings.Join(strings.Fields(string(r.Stderr)+string(r.Stdout)), "")
	return r.Exit != 0 && strings.Contains(words, refusedText)
}

// Advice is what an administrator can do about it; "" where nothing is known.
func (e *ScriptError) Advice() string {
	switch {
	case e.Where == whereLanguage:
		return constrainedAdvice
	case e.Where == whereAntivirus:
		return antivirusAdvice
	case e.Where == whereProgram && e.Script == scripts.IPerf:
		return "put an iperf3 for Windows there (docs/guest.md says which), or set guest.iperf to the full path of one on the guest"
	}
	return ""
}

// antivirusAdvice is what an administrator can do about an antivirus that refuses a script.
const antivirusAdvice = "it is a false alarm, which comes and goes with the antivirus's signatures: an administrator of the guest updates them, or allows the script there " +
	"(docs/commands.md has all texts that are sent) and reports it to the antivirus's maker"

// constrainedAdvice is what an administrator can do about a PowerShell that does not let a
// script use .NET.
const constrainedAdvice = "an administrator of the guest allows full language for this user: App Control (WDAC) or AppLocker script rules without this machine, " +
	"Smart App Control off, no variable __PSLockdownPolicy; then, on the guest, $ExecutionContext.SessionState.LanguageMode says FullLanguage"

// answerError says that a guest's answer to a script is no JSON object.
type answerError struct {
	Script         scripts.Name
	Exit           int
	stdout, stderr []byte
}

func (e *answerError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("script %s: the guest answers in a form that is not known (exit code %d): %s%s",
		e.Script, e.Exit, terms.Excerpt(e.stdout), terms.Excerpt(e.stderr)))
}

// missing says that there is no PowerShell that could run the scripts: cmd.exe names the
// program that it did not find, a PowerShell older than 3 the command. The words around
// these names are localised.
func (e *answerError) missing() bool {
	words := strings.ToLower(string(e.stdout) + string(e.stderr))
	return e.Exit != 0 && (strings.Contains(words, "powershell.exe") || strings.Contains(words, "convertto-json"))
}

// maxAnswer is the most bytes of an answer that is read; those of the scripts have some thousands.
const maxAnswer = 2 << 20

// run plays one script: in goes to its standard input, out takes its answer. It
// returns the answer's bytes as well, for the record.
func (p *powershell) run(ctx context.Context, n scripts.Name, in, out any) ([]byte, error) {
	input, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("script %s: %w", n, err)
	}
	result, err := p.runner.Run(ctx, scripts.CommandLine(n), input)
	if err != nil {
		return nil, fmt.Errorf("script %s: %w", n, err)
	}
	if refused(result) {
		return result.Stdout, &ScriptError{Script: n, Where: whereAntivirus, Message: refusedText}
	}
	if err := foreign.CheckJSON(result.Stdout, maxAnswer); err != nil {
		return nil, unfed(fmt.Errorf("script %s: the guest answers in a form that is not known: %w", n, err), result)
	}
	var failed struct {
		Error *struct {
			Where, Message string
			Code           int
		} `json:"error"`
	}
	if err := json.Unmarshal(result.Stdout, &failed); err != nil {
		return result.Stdout, unfed(&answerError{n, result.Exit, result.Stdout, result.Stderr}, result)
	}
	if failed.Error != nil && failed.Error.Where == inputStage && result.Unsure != nil {
		return result.Stdout, unfed(fmt.Errorf("script %s: the guest cannot read its input: %s", n, foreign.Words(failed.Error.Message)), result)
	}
	if failed.Error != nil {
		return result.Stdout, &ScriptError{Script: n, Where: foreign.Words(failed.Error.Where), Message: foreign.Words(failed.Error.Message), Code: failed.Error.Code}
	}
	if result.Exit != 0 {
		return result.Stdout, fmt.Errorf("script %s: exit code %d: %s", n, result.Exit, terms.Excerpt(result.Stderr))
	}
	if err := json.Unmarshal(result.Stdout, out); err != nil {
		return result.Stdout, fmt.Errorf("script %s: the guest answers in a form that is not known: %s", n, foreign.Line(err.Error()))
	}
	return result.Stdout, nil
}

// inputStage is where a script fails that cannot read its input; it has done nothing then.
const inputStage = "input"

// unfed adds to the error of a script whose answer is none why its input may not have come
// whole. With an answer that is one it is no matter: a script answers to the whole input only.
func unfed(err error, r winrm.Result) error {
	if r.Unsure == nil {
		return err
	}
	return fmt.Errorf("%w; its input may not have come whole: %w", err, r.Unsure)
}

func (p *powershell) Facts(ctx context.Context) (record.Guest, []byte, error) {
	var f record.Guest
	raw, err := p.run(ctx, scripts.Facts, struct{}{}, &f)
	return f, raw, err
}

func (p *powershell) Driver(ctx context.Context, classKey string) (record.Driver, error) {
	var d record.Driver
	_, err := p.run(ctx, scripts.Driver, map[string]string{"classKey": classKey}, &d)
	return d, err
}

func (p *powershell) Drives(matrix.FormKind) error { return nil }

// Check refuses what the script "write" cannot set: a value of another kind could be
// read, and not put back.
func (p *powershell) Check(s terms.Step) error {
	if s.Op == "registry-set" && !slices.Contains(writtenKinds, s.Kind) {
		return fmt.Errorf("a registry value of kind %s cannot be written", s.Kind)
	}
	return nil
}

// writtenKinds are the registry kinds of the script "write" (CONTRACT.md).
var writtenKinds = []string{"DWord", "QWord", "String", "ExpandString", "MultiString", "Binary"}

func (p *powershell) Read(ctx context.Context, in terms.ReadInput) (terms.ReadAnswer, []byte, error) {
	var answer terms.ReadAnswer
	raw, err := p.run(ctx, scripts.Read, in, &answer)
	return answer, raw, err
}

func (p *powershell) Effect(ctx context.Context, in terms.EffectInput) (terms.EffectAnswer, []byte, error) {
	var answer terms.EffectAnswer
	raw, err := p.run(ctx, scripts.Effect, in, &answer)
	return answer, raw, err
}

func (p *powershell) UDP(ctx context.Context) (terms.UDPAnswer, []byte, error) {
	var answer terms.UDPAnswer
	raw, err := p.run(ctx, scripts.UDP, struct{}{}, &answer)
	return answer, raw, err
}

func (p *powershell) Idle(ctx context.Context, in terms.IdleInput) (terms.IdleAnswer, []byte, error) {
	var answer terms.IdleAnswer
	raw, err := p.run(ctx, scripts.Idle, in, &answer)
	return answer, raw, err
}

func (p *powershell) Copy(ctx context.Context, in terms.CopyInput) (terms.CopyAnswer, []byte, error) {
	var answer terms.CopyAnswer
	raw, err := p.run(ctx, scripts.Copy, in, &answer)
	return answer, raw, err
}

func (p *powershell) Counters(ctx context.Context, in terms.CountersInput) (terms.CountersAnswer, error) {
	var answer terms.CountersAnswer
	_, err := p.run(ctx, scripts.Counters, in, &answer)
	return answer, err
}

func (p *powershell) Write(ctx context.Context, steps []terms.Step) ([]terms.StepAnswer, []byte, error) {
	var answer struct {
		Steps record.List[terms.StepAnswer] `json:"steps"`
	}
	raw, err := p.run(ctx, scripts.Write, map[string]any{"steps": steps}, &answer)
	return answer.Steps, raw, err
}

// LeaveToken leaves a volatile registry key, named by a nonce.
func (p *powershell) LeaveToken(ctx context.Context) (string, terms.BootAnswer, error) {
	n := nonce()
	answer, err := p.boot(ctx, map[string]string{"set": n})
	if err != nil {
		return n, answer, err
	}
	if !answer.Token {
		return n, answer, errors.New("the guest did not keep the volatile key")
	}
	return n, answer, nil
}

func (p *powershell) Boot(ctx context.Context, token string) (terms.BootAnswer, error) {
	return p.boot(ctx, map[string]string{"check": token})
}

func (p *powershell) boot(ctx context.Context, in map[string]string) (terms.BootAnswer, error) {
	var answer terms.BootAnswer
	_, err := p.run(ctx, scripts.Boot, in, &answer)
	if err == nil && (answer.BootTime == 0 || answer.Now == 0) {
		err = fmt.Errorf("script %s: the answer lacks the time of the boot or the clock", scripts.Boot)
	}
	return answer, err
}

func (p *powershell) TokenWord(string) string { return "the volatile registry key" }

func (p *powershell) Shutdown() (ask, abort string) { return shutdownCmd, abortCmd }

func (p *powershell) SwitchOff() string { return switchOffCmd }

func (p *powershell) StartIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error) {
	return p.iperf(ctx, "start", exe, ports)
}

func (p *powershell) StopIPerf(ctx context.Context, exe string, port int) error {
	_, err := p.iperf(ctx, "stop", exe, []int{port})
	return err
}

func (p *powershell) StatusIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error) {
	return p.iperf(ctx, "status", exe, ports)
}

func (p *powershell) IPerfLog(ctx context.Context, exe string, ports ...int) (string, error) {
	s, err := p.iperf(ctx, "log", exe, ports)
	return s.Log, err
}

// StartIPerf2 is terms.ErrNotAsked: guests with a PowerShell are measured by iperf3 or the meter.
func (p *powershell) StartIPerf2(context.Context, string, int, string) (int, error) {
	return 0, terms.ErrNotAsked
}

// StopIPerf2 is terms.ErrNotAsked, as StartIPerf2 is.
func (p *powershell) StopIPerf2(context.Context, string) error { return terms.ErrNotAsked }

// StatusIPerf2 is terms.ErrNotAsked, as StartIPerf2 is.
func (p *powershell) StatusIPerf2(context.Context, string, int, []string) (terms.IPerfServer, error) {
	return terms.IPerfServer{}, terms.ErrNotAsked
}

func (p *powershell) iperf(ctx context.Context, action, exe string, ports []int) (terms.IPerfServer, error) {
	var s terms.IPerfServer
	in := map[string]any{"action": action, "exe": exe, "port": ports[0]}
	if len(ports) > 1 {
		in["second"] = ports[1]
	}
	_, err := p.run(ctx, scripts.IPerf, in, &s)
	return s, err
}

func (p *powershell) DeadMan(ctx context.Context, in deadman.Input) (deadman.State, []byte, error) {
	var m deadman.State
	n := scripts.DeadMan
	switch in.Action {
	case deadman.ActionArm:
		n = scripts.Arm
	case deadman.ActionProve:
		n = scripts.Prove
	}
	raw, err := p.run(ctx, n, in, &m)
	return m, raw, err
}

func (p *powershell) Restart(ctx context.Context, in terms.RestartInput) error {
	var answer struct{ Token string }
	_, err := p.run(ctx, scripts.Restart, in, &answer)
	if err == nil && answer.Token != in.Token {
		err = fmt.Errorf("script %s: the answer is to another request", scripts.Restart)
	}
	return err
}

func (p *powershell) Restarted(ctx context.Context, action string) (terms.RestartAnswer, []byte, error) {
	var answer terms.RestartAnswer
	raw, err := p.run(ctx, scripts.Restarted, map[string]string{"action": action}, &answer)
	return answer, raw, err
}

func (p *powershell) PutMeter(ctx context.Context, in terms.MeterPiece) (terms.MeterPut, error) {
	var answer terms.MeterPut
	_, err := p.run(ctx, scripts.Put, in, &answer)
	return answer, err
}

func (p *powershell) Meter(ctx context.Context, in terms.MeterInput) (terms.MeterServer, error) {
	var answer terms.MeterServer
	_, err := p.run(ctx, scripts.Meter, in, &answer)
	return answer, err
}

func (p *powershell) Drivers(ctx context.Context, in terms.DriversInput) (terms.DriversAnswer, error) {
	var answer terms.DriversAnswer
	_, err := p.run(ctx, scripts.Drivers, in, &answer)
	return answer, err
}

func (p *powershell) PutPackage(ctx context.Context, in terms.PackagePiece) (terms.MeterPut, error) {
	var answer terms.MeterPut
	_, err := p.run(ctx, scripts.Package, in, &answer)
	return answer, err
}

func (p *powershell) Stage(ctx context.Context, in terms.StageInput) (terms.StageAnswer, error) {
	var answer terms.StageAnswer
	_, err := p.run(ctx, scripts.Stage, in, &answer)
	return answer, err
}

func (p *powershell) Health(ctx context.Context, host netip.Addr) (terms.Health, error) {
	var h terms.Health
	_, err := p.run(ctx, scripts.Health, map[string]string{"host": host.String()}, &h)
	return h, err
}

func (p *powershell) Firewall(ctx context.Context, exe string) (terms.Firewall, error) {
	var f terms.Firewall
	_, err := p.run(ctx, scripts.Firewall, map[string]string{"exe": exe}, &f)
	return f, err
}

func (p *powershell) Token(ctx context.Context) (terms.Token, error) {
	var t terms.Token
	_, err := p.run(ctx, scripts.Token, struct{}{}, &t)
	return t, err
}

// nonce is 32 random hexadecimal digits.
func nonce() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}
