package scripts

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// Bounds of what is put into the folder of drivers. NetKVM's largest file has 3 MB.
const (
	maxPiece       = 524288 // bytes
	maxDriverFile  = 64 << 20
	maxDriverFiles = 100
)

// driverName is how a file of a package may be called.
var driverName = regexp.MustCompile(`^[A-Za-z0-9._-]+\.[A-Za-z0-9]{1,3}$`)

type packageInput struct {
	Name string `json:"name"`
	putInput
	First bool `json:"first"`
}

// playPackage plays the contract "package". Of a file that is whole, the machine keeps what counts, and
// not the content.
func playPackage(m *machine.Machine, in packageInput) (any, error) {
	switch {
	case !meterHash.MatchString(in.SHA256):
		return nil, coded(scriptErrorf("input", "no hash of 64 hex digits"))
	case !driverName.MatchString(in.Name):
		return nil, coded(scriptErrorf("name", "%s cannot be a file of a package", in.Name))
	case in.Size < 1 || in.Size > maxDriverFile || len(in.Data) > maxPiece:
		return nil, coded(scriptErrorf("input", "stand-in: a file has at most %d bytes, a piece %d", maxDriverFile, maxPiece))
	}
	if in.First && in.Offset == 0 {
		if err := emptyDriverFolder(m); err != nil {
			return nil, coded(scriptErrorf("folder", "%v", err))
		}
	}
	part := partOf(m, in.Name)
	if in.Offset == 0 {
		if err := errors.Join(os.RemoveAll(part), forgetFile(m, in.Name)); err != nil {
			return nil, coded(scriptErrorf("folder", "%v", err))
		}
	}
	a, err := appendPiece(m, part, in)
	if err != nil || !a.Done {
		return a, err
	}
	content, err := os.ReadFile(part)
	if err != nil {
		return nil, coded(scriptErrorf("hash", "stand-in: %v", err))
	}
	f := machine.ReadDriverFile(in.Name, content)
	if err := os.Remove(part); err != nil {
		return nil, coded(scriptErrorf("folder", "stand-in: %v", err))
	}
	if !strings.EqualFold(f.SHA256, in.SHA256) {
		return nil, coded(scriptErrorf("hash", "it is %s", strings.ToUpper(f.SHA256)))
	}
	for _, path := range []string{machine.DeadManFolder, machine.DriverFolder, machine.DriverFolder + `\` + in.Name} {
		if who := changers(rightsOf(m, path)); len(who) > 0 {
			return nil, coded(scriptErrorf("rights", "%s owns or may change %s", who[0], path))
		}
	}
	err = m.Update(func(s *machine.State) error {
		s.Drivers.SetFile(f)
		return nil
	})
	if err != nil {
		return nil, coded(scriptErrorf("folder", "%v", err))
	}
	return a, nil
}

// appendPiece puts one piece at the end of a file of which a part is there.
func appendPiece(m *machine.Machine, part string, in packageInput) (putAnswer, error) {
	var size int64
	if whole, ok := m.View().Drivers.File(in.Name); ok {
		size = whole.Size
	} else if info, err := os.Stat(part); err == nil {
		size = info.Size()
	}
	if size != in.Offset {
		return putAnswer{}, coded(scriptErrorf("offset", "%d bytes are there", size))
	}
	if len(m.View().Drivers.Folder) >= maxDriverFiles {
		return putAnswer{}, coded(scriptErrorf("folder", "stand-in: a package has at most %d files", maxDriverFiles))
	}
	if err := os.MkdirAll(m.Processes().Pushed(driverParts), 0o700); err != nil {
		return putAnswer{}, coded(scriptErrorf("folder", "stand-in: %v", err))
	}
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return putAnswer{}, coded(scriptErrorf("folder", "stand-in: %v", err))
	}
	_, err = f.Write(in.Data)
	if err := errors.Join(err, f.Close()); err != nil {
		return putAnswer{}, coded(scriptErrorf("folder", "stand-in: %v", err))
	}
	a := putAnswer{Size: size + int64(len(in.Data))}
	a.Done = a.Size >= in.Size
	return a, nil
}

// driverParts is the folder, on the machine below, of files that are not whole yet.
const driverParts = "driver"

func partOf(m *machine.Machine, name string) string {
	return m.Processes().Pushed(driverParts + "/" + strings.ToLower(name))
}

func forgetFile(m *machine.Machine, name string) error {
	if _, ok := m.View().Drivers.File(name); !ok {
		return nil
	}
	return m.Update(func(s *machine.State) error {
		s.Drivers.RemoveFile(name)
		return nil
	})
}

// emptyDriverFolder removes the folder with all that is in it.
func emptyDriverFolder(m *machine.Machine) error {
	if err := os.RemoveAll(m.Processes().Pushed(driverParts)); err != nil {
		return err
	}
	return m.Update(func(s *machine.State) error {
		s.Drivers.Folder = nil
		return nil
	})
}

type driversInput struct {
	GUID    string   `json:"guid"`
	INFs    []string `json:"infs"`
	Catalog *string  `json:"catalog"`
}

type driversAnswer struct {
	Published []*string      `json:"published"`
	Adapter   driversAdapter `json:"adapter"`
	Catalog   *catalogAnswer `json:"catalog"`
}

type driversAdapter struct {
	INF      *string      `json:"inf"`
	Stored   bool         `json:"stored"`
	Version  *string      `json:"version"`
	Hardware string       `json:"hardware"`
	Same     int          `json:"same"`
	IPv4     machine.IPv4 `json:"ipv4"`
}

type catalogAnswer struct {
	Status  int     `json:"status"`
	Signer  *string `json:"signer"`
	Trusted bool    `json:"trusted"`
}

// Numbers of SignatureStatus
// (https://learn.microsoft.com/en-us/dotnet/api/system.management.automation.signaturestatus).
const (
	signatureValid = 0
	notSigned      = 2
)

// playDrivers plays the contract "drivers".
func playDrivers(m *machine.Machine, in driversInput) (any, error) {
	s := m.View()
	var adapter *stack.NIC
	for _, n := range m.NICs() {
		if strings.EqualFold(n.GUID, in.GUID) {
			adapter = &n
		}
	}
	if adapter == nil {
		return nil, scriptErrorf("adapter", "0 adapters have the GUID %s", in.GUID)
	}
	a := driversAnswer{Published: []*string{}, Adapter: driversAdapter{Hardware: adapter.HardwareID(), IPv4: s.AddressesOf(*adapter)}}
	for _, hash := range in.INFs {
		var found *string
		if name, ok := s.Drivers.Published(hash); ok {
			found = &name
		}
		a.Published = append(a.Published, found)
	}
	for _, n := range m.NICs() {
		if n.HardwareID() == a.Adapter.Hardware {
			a.Adapter.Same++
		}
	}
	if class, ok := stack.ClassKeyOf(s.Reg, adapter.GUID); ok {
		for name, to := range map[string]**string{"InfPath": &a.Adapter.INF, "DriverVersion": &a.Adapter.Version} {
			if v, ok := s.Reg.Get(class, name); ok {
				*to = &v.Data
			}
		}
	}
	if a.Adapter.INF != nil {
		_, a.Adapter.Stored = s.Drivers.Package(*a.Adapter.INF)
	}
	if in.Catalog != nil {
		f, ok := s.Drivers.File(*in.Catalog)
		if !ok {
			return nil, scriptErrorf("catalog", `there is no %s\%s`, machine.DriverFolder, *in.Catalog)
		}
		a.Catalog = judge(s, f)
	}
	return a, nil
}

// judge is what Windows makes of a catalog.
func judge(s *machine.State, f machine.DriverFile) *catalogAnswer {
	if f.Signer == "" {
		return &catalogAnswer{Status: notSigned}
	}
	return &catalogAnswer{signatureValid, &f.Signer, s.Drivers.Trusts(f.Signer)}
}

type stageInput struct {
	Action  string `json:"action"`
	INF     string `json:"inf"`
	SHA256  string `json:"sha256"`
	Catalog string `json:"catalog"`

	Packages []struct {
		Published string `json:"published"`
		SHA256    string `json:"sha256"`
	} `json:"packages"`
	Certificates []string `json:"certificates"`
}

type stageAnswer struct {
	Published *string              `json:"published"`
	Steps     []machine.StepResult `json:"steps"`
}

// playStage plays the contract "stage".
func playStage(m *machine.Machine, in stageInput) (any, error) {
	switch in.Action {
	case "stage":
		return stage(m, in)
	case "remove":
		return unstage(m, in)
	}
	return nil, scriptErrorf(in.Action, "unknown action")
}

func stage(m *machine.Machine, in stageInput) (any, error) {
	f, ok := m.View().Drivers.File(in.Catalog)
	if !ok || f.Signer == "" {
		return nil, scriptErrorf("signature", `the signature of %s\%s is not valid`, machine.DriverFolder, in.Catalog)
	}
	if !m.View().Drivers.Trusts(f.Signer) {
		err := m.Update(func(s *machine.State) error {
			s.Drivers.Trusted = append(s.Drivers.Trusted, f.Signer)
			return nil
		})
		if err != nil {
			return nil, scriptErrorf("certificate", "%v", err)
		}
	}
	if published, ok := m.View().Drivers.Published(in.SHA256); ok {
		return stageAnswer{&published, []machine.StepResult{}}, nil
	}
	done := pnputil(m, "/add-driver", machine.DriverFolder+`\`+in.INF)
	published, ok := m.View().Drivers.Published(in.SHA256)
	if !ok {
		return nil, scriptErrorf("stage", "pnputil.exe /add-driver: exit code %d: %s", *done.Exit, *done.Output)
	}
	return stageAnswer{&published, []machine.StepResult{done}}, nil
}

func unstage(m *machine.Machine, in stageInput) (any, error) {
	a := stageAnswer{Steps: []machine.StepResult{}}
	for _, p := range in.Packages {
		done := result(0, "")
		if is, ok := m.View().Drivers.Package(p.Published); ok && strings.EqualFold(is.SHA256, p.SHA256) {
			done = pnputil(m, "/delete-driver", is.Published)
		}
		a.Steps = append(a.Steps, done)
	}
	for _, thumbprint := range in.Certificates {
		done := result(0, "")
		if err := m.Update(func(s *machine.State) error { s.Drivers.Distrust(thumbprint); return nil }); err != nil {
			done = result(1, err.Error())
		}
		a.Steps = append(a.Steps, done)
	}
	if err := emptyDriverFolder(m); err != nil {
		return nil, scriptErrorf("folder", "%v", err)
	}
	return a, nil
}

// pnputil runs pnputil.exe and takes what it says.
func pnputil(m *machine.Machine, args ...string) machine.StepResult {
	var out bytes.Buffer
	p := &machine.Process{Machine: m, Command: machine.Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, CodePage: 65001}}
	for i, a := range args {
		if strings.ContainsRune(a, ' ') {
			args[i] = `"` + a + `"`
		}
	}
	exit := p.Exec(context.Background(), "pnputil.exe "+strings.Join(args, " "))
	return result(exit, strings.TrimSpace(out.String()))
}

func result(exit int, output string) machine.StepResult {
	return machine.StepResult{OK: exit == 0, Exit: &exit, Output: &output}
}
