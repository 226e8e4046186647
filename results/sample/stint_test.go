package sample

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const stintHead = "combination,block,boot,workload,metric,unit,repetition,value,status,order,slot,stint\n"

// A boot that went through several arms is read and written back as it is.
func TestStints(t *testing.T) {
	in := stintHead +
		"a,1,b1,tcp,throughput,Mbit/s,1,9000,ok,1,1,1\n" +
		"base,1,b1,tcp,throughput,Mbit/s,1,9100,ok,1,1,2\n" +
		"a,1,b1,,,,,,switch_failed,1,1,3\n" +
		"a,1,b1,tcp,throughput,Mbit/s,1,9050,ok,1,1,4\n" +
		"base,1,b1,tcp,throughput,Mbit/s,1,9150,not_in_effect,1,1,5\n" +
		"a,1,b1,tcp,throughput,Mbit/s,1,9150,excluded,1,1,6\n" +
		"base,2,b2,tcp,throughput,Mbit/s,1,9150,ok,2,2,\n"
	rows, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if rows[3].Stint != 4 || rows[6].Stint != 0 {
		t.Errorf("stints %d and %d, want 4 and none", rows[3].Stint, rows[6].Stint)
	}
	var out bytes.Buffer
	if err := Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out.String()); d != "" {
		t.Errorf("written (-read +written):\n%s", d)
	}
}

func TestStintsRefused(t *testing.T) {
	const first = "a,1,b1,tcp,throughput,Mbit/s,1,9000,ok,1,1,1\n"
	for name, tt := range map[string]struct{ row, want string }{
		"no number":         {"base,1,b1,tcp,throughput,Mbit/s,1,9000,ok,1,1,0\n", "stint"},
		"in part":           {"a,1,b1,tcp,throughput,Mbit/s,2,9000,ok,1,1,\n", "either every row of a boot says its stint"},
		"two combinations":  {"base,1,b1,tcp,throughput,Mbit/s,2,9000,ok,1,1,1\n", "count the stints of a boot on"},
		"another block":     {"base,2,b1,tcp,throughput,Mbit/s,1,9000,ok,1,1,2\n", "block"},
		"another order":     {"base,1,b1,tcp,throughput,Mbit/s,1,9000,ok,2,1,2\n", "order"},
		"another slot":      {"base,1,b1,tcp,throughput,Mbit/s,1,9000,ok,1,2,2\n", "slot"},
		"confirms in part":  {"base,1,b1,tcp,throughput,Mbit/s,1,9000,confirm,1,1,2\n", "hold for all stints"},
		"twice":             {first, "already in line 2"},
		"slot of two plans": {"base,2,b2,tcp,throughput,Mbit/s,1,9000,ok,2,1,1\n", "slot"},
		"made and not made": {"base,1,never-made-1,,,,,,not_run,,1,2\n", "never made"},
	} {
		if _, err := Read(strings.NewReader(stintHead + first + tt.row)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one about %q", name, err, tt.want)
		}
	}
}

// What a boot was booted into is said, also where it gave no number.
func TestABootWithoutItsFirstStint(t *testing.T) {
	const second, third = "base,1,b1,tcp,throughput,Mbit/s,1,9000,ok,1,1,2\n", "a,1,b1,tcp,throughput,Mbit/s,1,9000,ok,1,1,3\n"
	_, err := Read(strings.NewReader(stintHead + "c,1,b0,tcp,throughput,Mbit/s,1,9000,ok,2,2,1\n" + second + third))
	if want := `samples: line 3: column "stint": boot "b1" has stints and no stint 1`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := Read(strings.NewReader(stintHead + second + third + "a,1,b1,,,,,,write_failed,1,1,1\n")); err != nil {
		t.Errorf("with a first stint that failed, at the end: %v", err)
	}
}
