package rig

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/bench/meter"
	"vnettune/results/record"
)

// TestTheMeterIsTheOneThatWasBuilt: the program beside vnettune is held to the list of hashes that came with it.
func TestTheMeterIsTheOneThatWasBuilt(t *testing.T) {
	text := []byte("MZ a program")
	hash := apply.NewMeterProgram(text).SHA256
	for _, c := range []struct{ name, program, hashes, fault string }{
		{"whole", string(text), hash + "  meter.exe\n" + strings.Repeat("0", 64) + "  meter\n", ""},
		{"no program", "", hash + "  meter.exe\n", "is not there"},
		{"no list", string(text), "", "meter.sha256"},
		{"not in the list", string(text), hash + "  meter\n", "no hash of meter.exe"},
		{"another", "MZ another program", hash + "  meter.exe\n", "is not the program that was built"},
	} {
		folder := t.TempDir()
		for name, content := range map[string]string{"meter.exe": c.program, "meter.sha256": c.hashes} {
			if content == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := meterProgram(folder, false)
		if c.fault == "" && (err != nil || p.SHA256 != hash) || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: %v, hash %s", c.name, err, p.SHA256)
		}
	}
}

// TestWorkloadsInTheMetersWords: what a campaign asks for is what the meter is told, and within what it takes.
func TestWorkloadsInTheMetersWords(t *testing.T) {
	for _, c := range []struct {
		w    record.Workload
		want string
	}{
		{record.Workload{Protocol: record.TCP, Direction: record.FromGuest, Streams: 4, Seconds: 3, Omit: 1},
			`{"kind":"tcp","direction":"from-server","streams":4,"seconds":3,"warm_up":1}`},
		{record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Streams: 1, Seconds: 3, Rate: "1.5G", Length: 1200, Offload: true},
			`{"kind":"udp","direction":"to-server","streams":1,"seconds":3,"warm_up":0,"rate":1500000000,"length":1200,"uso":true,"uro":true}`},
		{record.Workload{Protocol: record.Latency, Direction: record.ToGuest, Seconds: 3, Request: 64, Response: 1400, PerSecond: 500, Load: record.FromGuest, Streams: 2},
			`{"kind":"rr","seconds":3,"warm_up":0,"request":64,"response":1400,"rate":500,"load":{"direction":"from-server","streams":2}}`},
		{record.Workload{Protocol: record.Latency, Direction: record.ToGuest, Seconds: 1, Request: 8, Response: 8},
			`{"kind":"rr","seconds":1,"warm_up":0,"request":8,"response":8}`},
	} {
		p := meterParams(c.w)
		if err := p.Check(); err != nil {
			t.Errorf("%+v: %v", c.w, err)
		}
		var want meter.Params
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("%+v: -want +got\n%s", c.w, diff)
		}
	}
}
