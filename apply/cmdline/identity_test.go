package cmdline

import (
	"context"
	"strings"
	"testing"

	"vnettune/apply/winrm"
	"vnettune/results/record"
)

// tells answers the two questions for an identity, and no others.
type tells struct {
	guid, product string
	exit          int
}

func (r tells) Run(_ context.Context, command string, _ []byte) (winrm.Result, error) {
	if strings.Contains(command, "MachineGuid") {
		return winrm.Result{Stdout: []byte(r.guid), Exit: r.exit}, nil
	}
	return winrm.Result{Stdout: []byte(r.product), Exit: r.exit}, nil
}

func (tells) Ping(context.Context) error { return nil }
func (tells) Forget()                    {}

// Whatever a guest answers, it is an identity, and one that is told from itself by nothing.
// An answer in no form that is known makes no machine another.
func FuzzIdentity(f *testing.F) {
	const (
		reg  = "\r\n! REG.EXE VERSION 3.0\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid\tREG_SZ\t5f0a9d3c-2b7e-4c11-9a60-0d8c1f3e7b21\r\n\r\n"
		wmic = "\r\r\n\r\r\nUUID=0A1B2C3D-0000-4000-8000-0123456789AB\r\r\n\r\r\n"
	)
	f.Add(reg, wmic, 0)
	f.Add("", "", 1)
	f.Add(reg+reg, wmic+wmic, 0)
	f.Add(strings.Replace(reg, "5f0a9d3c", "", 1), "UUID=00000000-0000-0000-0000-000000000000", 0)
	f.Add("    MachineGuid\tREG_DWORD\t0x1", "UUID=", 0)
	known := record.Identity{MachineGUID: "5f0a9d3c-2b7e-4c11-9a60-0d8c1f3e7b21", UUID: "0A1B2C3D-0000-4000-8000-0123456789AB"}
	f.Fuzz(func(t *testing.T, guid, product string, exit int) {
		talk := &talk{runner: tells{guid, product, exit}}
		who, err := talk.identity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := record.CompareIdentities(who, who); d.Other != nil {
			t.Errorf("%+v differs from itself: %q", who, d.Other)
		}
		d := record.CompareIdentities(known, who)
		if exit != 0 && d.Other != nil {
			t.Errorf("a question that failed makes it another machine: %q", d.Other)
		}
		for _, told := range d.Other { // by nothing that was not said in the form of a GUID
			if !strings.Contains(strings.ToUpper(decode([]byte(guid))+decode([]byte(product))), strings.Fields(strings.TrimPrefix(told, "SMBIOS "))[1]) {
				t.Errorf("%q was never said", told)
			}
		}
	})
}
