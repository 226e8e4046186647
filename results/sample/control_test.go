package sample

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The positive control is known in a file by the percent that it is slowed by, its lost boots too.
func TestControl(t *testing.T) {
	in := "combination,block,boot,workload,metric,unit,repetition,value,status,control\n" +
		"control,1,b1,tcp,throughput,Mbit/s,1,9000,ok,5\n" +
		"base,1,b2,tcp,throughput,Mbit/s,1,9500,ok,\n" +
		"control,2,b3,,,,,,boot_timeout,5\n"
	rows, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].Control != 5 || rows[1].Control != 0 || rows[2].Control != 5 {
		t.Errorf("read %v, %v and %v", rows[0].Control, rows[1].Control, rows[2].Control)
	}
	var out bytes.Buffer
	if err := Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out.String()); d != "" {
		t.Errorf("written (-read +written):\n%s", d)
	}
	for what, row := range map[string]string{
		"above 0 and below 100": "other,1,b4,tcp,throughput,Mbit/s,1,9050,ok,100\n",
		"not a finite":          "other,1,b4,tcp,throughput,Mbit/s,1,9050,ok,slow\n",
		"one number of percent": "base,2,b4,tcp,throughput,Mbit/s,1,9050,ok,5\n",
	} {
		if _, err := Read(strings.NewReader(in + row)); err == nil || !strings.Contains(err.Error(), `column "control"`) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
