package scripts

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"vnettune/lab/windows/machine"
)

// The contracts of the constant scripts: what each promises is in CONTRACT.md
// beside them, which is all that the stand-in knows of them.
const (
	contractFacts    = "facts"
	contractRead     = "read"
	contractWrite    = "write"
	contractBoot     = "boot"
	contractArm      = "arm"
	contractDeadMan  = "deadman"
	contractProve    = "prove"
	contractRevert   = "revert"
	contractIPerf    = "iperf"
	contractHealth   = "health"
	contractDriver   = "driver"
	contractEffect   = "effect"
	contractIdle     = "idle"
	contractCounters = "counters"
	contractFirewall = "firewall"
	contractToken    = "token"
	contractUDP      = "udp"
	contractCopy     = "copy"

	contractRestart    = "restart"
	contractRestarted  = "restarted"
	contractRestarting = "restarting"

	contractPut   = "put"
	contractMeter = "meter"

	contractPackage    = "package"
	contractDrivers    = "drivers"
	contractStage      = "stage"
	contractInstalling = "installing"
)

// scriptHashes maps the name of a contract to the SHA-256 of its script's UTF-8 text in hex.
//
//go:embed scripthashes.json
var scriptHashes []byte

func hashOf(script string) string {
	sum := sha256.Sum256([]byte(script))
	return hex.EncodeToString(sum[:])
}

// contractOf names the contract of a script.
func contractOf(script string) (string, bool) {
	var known map[string]string
	if err := json.Unmarshal(scriptHashes, &known); err != nil {
		return "", false // a test reads the embedded file, so it is never broken
	}
	hash := hashOf(script)
	for name, h := range known {
		if h == hash {
			return name, true
		}
	}
	return "", false
}

// maxScriptInput bounds what a script reads from its standard input, in bytes.
const maxScriptInput = 16 << 20

// scriptError is an answer of the form {"error": {...}}.
type scriptError struct {
	Where   string `json:"where"`
	Message string `json:"message"`
}

// Error gives the place and the message.
func (e *scriptError) Error() string { return e.Where + ": " + e.Message }

func scriptErrorf(where, format string, args ...any) error {
	return &scriptError{where, fmt.Sprintf(format, args...)}
}

// Play plays the script of a contract by name: it reads one JSON object from in
// until its end, writes one JSON object in ASCII to out and returns the exit code.
func Play(ctx context.Context, m *machine.Machine, contract string, in io.Reader, out io.Writer) int {
	answer, err := play(ctx, m, contract, in)
	code := 0
	if err != nil {
		answer, code = map[string]any{"error": said(m, contract, err)}, 1
	}
	b, err := asciiJSON(answer)
	if err != nil {
		return 1
	}
	_, _ = out.Write(append(b, "\r\n"...)) // a client that is gone loses the answer
	return code
}

// said is what an answer says of an error, in the guest's language.
func said(m *machine.Machine, contract string, err error) any {
	message := m.Edition().Language.Message
	var coded *codedError
	if errors.As(err, &coded) {
		return &codedError{coded.Where, message(coded.Message), coded.Code}
	}
	var se *scriptError
	if !errors.As(err, &se) {
		se = &scriptError{contract, err.Error()}
	}
	if contract == contractPut || contract == contractMeter || contract == contractPackage {
		return &codedError{se.Where, message(se.Message), nil}
	}
	return &scriptError{se.Where, message(se.Message)}
}

func play(ctx context.Context, m *machine.Machine, contract string, in io.Reader) (any, error) {
	b, err := io.ReadAll(io.LimitReader(in, maxScriptInput+1))
	if err != nil {
		return nil, scriptErrorf("input", "%v", err)
	}
	if len(b) > maxScriptInput {
		return nil, scriptErrorf("input", "more than %d bytes", maxScriptInput)
	}
	if err := ctx.Err(); err != nil {
		return nil, scriptErrorf("input", "%v", err)
	}
	if !utf8.Valid(b) {
		return nil, scriptErrorf("input", "not UTF-8")
	}
	switch contract {
	case contractFacts:
		return withInput(b, func(in struct{}) (any, error) { return playFacts(m, in) })
	case contractRead:
		return withInput(b, func(in readInput) (any, error) { return playRead(m, in) })
	case contractWrite:
		return withInput(b, func(in writeInput) (any, error) { return playWrite(m, in) })
	case contractBoot:
		return withInput(b, func(in bootInput) (any, error) { return playBoot(m, in) })
	case contractArm:
		return withInput(b, func(in deadManInput) (any, error) { return playArm(m, in) })
	case contractDeadMan:
		return withInput(b, func(in deadManInput) (any, error) { return playDeadMan(m, in) })
	case contractProve:
		return withInput(b, func(in deadManInput) (any, error) { return playProve(m, in) })
	case contractHealth:
		return withInput(b, func(in healthInput) (any, error) { return playHealth(m, in) })
	case contractDriver:
		return withInput(b, func(in driverInput) (any, error) { return playDriver(m, in) })
	case contractEffect:
		return withInput(b, func(in effectInput) (any, error) { return playEffect(m, in) })
	case contractIdle:
		return withInput(b, func(in idleInput) (any, error) { return playIdle(ctx, m, in) })
	case contractCounters:
		return withInput(b, func(in countersInput) (any, error) { return playCounters(m, in) })
	case contractFirewall:
		return withInput(b, func(in firewallInput) (any, error) { return playFirewall(m, in) })
	case contractToken:
		return withInput(b, func(in struct{}) (any, error) { return playToken(m, in) })
	case contractUDP:
		return withInput(b, func(in struct{}) (any, error) { return playUDP(ctx, m, in) })
	case contractCopy:
		return withInput(b, func(in copyInput) (any, error) { return playCopy(ctx, in) })
	case contractRestart:
		return withInput(b, func(in restartInput) (any, error) { return playRestart(m, in) })
	case contractRestarted:
		return withInput(b, func(in restartedInput) (any, error) { return playRestarted(m, in) })
	case contractRestarting:
		return nil, scriptErrorf("restarting", "this script is run by the task of restart only")
	case contractRevert:
		return nil, scriptErrorf("revert", "this script is run by the task of deadman only")
	case contractPut:
		return withInput(b, func(in putInput) (any, error) { return playPut(m, in) })
	case contractPackage:
		return withInput(b, func(in packageInput) (any, error) { return playPackage(m, in) })
	case contractDrivers:
		return withInput(b, func(in driversInput) (any, error) { return playDrivers(m, in) })
	case contractStage:
		return withInput(b, func(in stageInput) (any, error) { return playStage(m, in) })
	case contractInstalling:
		return nil, scriptErrorf("installing", "this script is run by the task of restart only")
	case contractMeter:
		return withInput(b, func(in meterInput) (any, error) { return playMeter(ctx, m, in) })
	case contractIPerf:
		return withInput(b, func(in iperfInput) (any, error) { return playIPerf(ctx, m, in) })
	}
	return nil, scriptErrorf("script", "no contract is named %q", contract)
}

// withInput decodes one JSON object and hands it to a player.
func withInput[T any](b []byte, player func(T) (any, error)) (any, error) {
	var in T
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, scriptErrorf("input", "%v", err)
	}
	return player(in)
}

// asciiJSON encodes v with every other character as \uXXXX.
func asciiJSON(v any) ([]byte, error) {
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, r := range string(bytes.TrimRight(plain.Bytes(), "\n")) {
		switch {
		case r < utf8.RuneSelf:
			out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes(), nil
}
