package scripts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/spawn"
)

// meterExe is where the meter is put.
const meterExe = machine.DeadManFolder + `\meter.exe`

// Names of its files.
const (
	meterPart   = "meter.part"
	meterName   = "meter.exe"
	meterConfig = "meter.json"
	meterLog    = "meter.log"
)

// codedError is an answer of the form {"error": {...}} with a number of Windows'.
type codedError struct {
	Where   string `json:"where"`
	Message string `json:"message"`
	Code    *int   `json:"code"`
}

// Error gives the place and the message.
func (e *codedError) Error() string { return e.Where + ": " + e.Message }

// coded gives err the form of the scripts put and meter.
func coded(err error, code ...int) error {
	var s *scriptError
	if !errors.As(err, &s) {
		return err
	}
	e := &codedError{Where: s.Where, Message: s.Message}
	if len(code) > 0 {
		e.Code = &code[0]
	}
	return e
}

type putInput struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Offset int64  `json:"offset"`
	Data   []byte `json:"data"`
}

type putAnswer struct {
	Size int64 `json:"size"`
	Done bool  `json:"done"`
}

var meterHash = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// playPut plays the contract "put".
func playPut(m *machine.Machine, in putInput) (any, error) {
	if !meterHash.MatchString(in.SHA256) {
		return nil, coded(scriptErrorf("input", "no hash of 64 hex digits"))
	}
	at := m.Processes().Pushed
	if err := os.MkdirAll(filepath.Dir(at(meterPart)), 0o700); err != nil {
		return nil, coded(scriptErrorf("folder", "stand-in: %v", err))
	}
	if in.Offset == 0 {
		if err := removeMeter(m); err != nil {
			return nil, coded(scriptErrorf("folder", "%v", err))
		}
	}
	f, err := os.OpenFile(at(meterPart), os.O_RDWR|os.O_CREATE, 0o700)
	if err != nil {
		return nil, coded(scriptErrorf("offset", "stand-in: %v", err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, coded(scriptErrorf("offset", "stand-in: %v", err))
	}
	if info.Size() != in.Offset {
		return nil, coded(scriptErrorf("offset", "%d bytes are there", info.Size()))
	}
	if _, err := f.WriteAt(in.Data, in.Offset); err != nil {
		return nil, coded(scriptErrorf("offset", "stand-in: %v", err))
	}
	a := putAnswer{Size: in.Offset + int64(len(in.Data))}
	if a.Done = a.Size >= in.Size; !a.Done {
		return a, nil
	}
	is, err := hashOfFile(at(meterPart))
	if err != nil {
		return nil, coded(scriptErrorf("hash", "stand-in: %v", err))
	}
	if !strings.EqualFold(is, in.SHA256) {
		return nil, coded(errors.Join(scriptErrorf("hash", "it is %s", is), os.Remove(at(meterPart))))
	}
	for _, path := range []string{machine.DeadManFolder, machine.DeadManFolder + `\` + meterPart} {
		if who := changers(rightsOf(m, path)); len(who) > 0 {
			return nil, coded(scriptErrorf("rights", "%s owns or may change %s", who[0], path))
		}
	}
	if err := os.Rename(at(meterPart), at(meterName)); err != nil {
		return nil, coded(scriptErrorf("rights", "stand-in: %v", err))
	}
	return a, nil
}

// hashOfFile is the SHA-256 of a file as Get-FileHash writes it.
func hashOfFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	sum := sha256.Sum256(b)
	return strings.ToUpper(hex.EncodeToString(sum[:])), err
}

// removeMeter removes every file of the meter's.
func removeMeter(m *machine.Machine) error {
	files, err := filepath.Glob(m.Processes().Pushed("meter*"))
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	return err
}

type meterInput struct {
	Action string `json:"action"`
	Port   int    `json:"port"`
	SHA256 string `json:"sha256"`
	Config string `json:"config"`
}

type meterAnswer struct {
	Exe       string `json:"exe"`
	There     bool   `json:"there"`
	Version   string `json:"version"`
	PID       *int   `json:"pid"`
	Listening bool   `json:"listening"`
	Log       string `json:"log"`
}

// badFormat is ERROR_BAD_EXE_FORMAT.
const badFormat = 193

// playMeter plays the contract "meter".
func playMeter(ctx context.Context, m *machine.Machine, in meterInput) (any, error) {
	at := m.Processes().Pushed
	a := meterAnswer{Exe: meterExe}
	switch in.Action {
	case "status":
	case "stop", "remove", "start":
		for _, id := range m.Processes().RunningFrom(meterExe) {
			if _, err := m.Processes().End(id); err != nil {
				return nil, coded(scriptErrorf(in.Action, "%v", err))
			}
		}
		for _, name := range []string{meterConfig, meterLog} {
			if err := os.Remove(at(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, coded(scriptErrorf(in.Action, "stand-in: %v", err))
			}
		}
	default:
		return nil, coded(scriptErrorf(in.Action, "unknown action"))
	}
	switch in.Action {
	case "remove":
		if err := removeMeter(m); err != nil {
			return nil, coded(scriptErrorf("remove", "%v", err))
		}
	case "start":
		if err := startMeter(ctx, m, in, &a); err != nil {
			return nil, err
		}
	}
	if b, err := os.ReadFile(at(meterLog)); err == nil {
		a.Log = string(b)
	}
	_, err := os.Stat(at(meterName))
	a.There = err == nil
	if ids := m.Processes().RunningFrom(meterExe); len(ids) > 0 {
		a.PID = &ids[0]
	}
	a.Listening = m.Host().Listening(in.Port)
	return a, nil
}

// startMeter starts what was pushed, if it is a program of the machine as it really is.
func startMeter(ctx context.Context, m *machine.Machine, in meterInput, a *meterAnswer) error {
	exe := m.Processes().Pushed(meterName)
	if _, err := os.Stat(exe); err != nil {
		return coded(scriptErrorf("missing", "there is no %s", meterExe))
	}
	is, err := hashOfFile(exe)
	if err != nil || !strings.EqualFold(is, in.SHA256) {
		return coded(scriptErrorf("hash", "it is %s", is))
	}
	if err := processes.CheckProgram(exe); err != nil {
		return coded(scriptErrorf("run", "%v", err), badFormat)
	}
	version, err := spawn.Command(ctx, exe, "version").Output()
	if err != nil {
		return coded(scriptErrorf("run", "stand-in: %v", err))
	}
	a.Version = strings.TrimSpace(string(version))
	config := m.Processes().Pushed(meterConfig)
	if err := os.WriteFile(config, []byte(in.Config), 0o600); err != nil {
		return coded(scriptErrorf("start", "stand-in: %v", err))
	}
	if err := m.Processes().StartPushed(meterName, meterExe, []string{exe, "serve", "--config", config}); err != nil {
		return coded(scriptErrorf("start", "stand-in: %v", err))
	}
	awaitPorts(ctx, m, in.Port)
	return nil
}
