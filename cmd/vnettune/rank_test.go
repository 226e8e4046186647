package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples is a small campaign with one arm that helps.
func samples() string {
	var b strings.Builder
	b.WriteString("combination,block,boot,workload,metric,unit,repetition,value,guest_kind\n")
	for block := range 5 {
		for k, arm := range []string{"default", "rss=on", "mtu=9000", "im=off", "lso=off", "ring=4096"} {
			v := 9400 * math.Exp(0.004*math.Sin(float64(7*k+13*block)))
			if arm == "mtu=9000" {
				v *= 1.1
			}
			fmt.Fprintf(&b, "%s,%d,%d-%d,tcp,throughput,Mbit/s,1,%.1f,lab\n", arm, block, block, k, v)
		}
	}
	return b.String()
}

func runRank(stdin string, a ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = vnettune(append([]string{"rank"}, a...), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func TestRank(t *testing.T) {
	file := filepath.Join(t.TempDir(), "samples.csv")
	if err := os.WriteFile(file, []byte(samples()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ format, want string }{
		{"text", "mtu=9000 helps, by more than the margin of 2 %"},
		{"json", `"single_winner": "mtu=9000"`},
		{"csv", "tcp,throughput,Mbit/s,mtu=9000,1,5,0,0,0,"},
	} {
		code, out, errs := runRank("", file, "--baseline", "default", "--format", tt.format)
		if code != exitDone || errs != "" {
			t.Fatalf("%s: exit %d, %s", tt.format, code, errs)
		}
		if !strings.Contains(out, tt.want) || !strings.Contains(out, "stand-in guest, not Windows") {
			t.Errorf("%s lacks %q or the notice:\n%s", tt.format, tt.want, out)
		}
		_, again, _ := runRank(samples(), "-", "--baseline", "default", "--format", tt.format)
		if again != out {
			t.Errorf("%s from standard input differs", tt.format)
		}
	}
}

func TestRankFlags(t *testing.T) {
	var doc struct {
		Alpha  float64
		Margin float64 `json:"margin_percent"`
	}
	for _, margin := range []string{"5%", "5", "5 %"} {
		code, out, errs := runRank(samples(), "-", "--baseline", "default", "--format", "json", "--margin", margin, "--alpha", "0.01")
		if code != exitDone {
			t.Fatalf("exit %d: %s", code, errs)
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Margin != 5 || doc.Alpha != 0.01 {
			t.Errorf("margin %q is %v, alpha is %v", margin, doc.Margin, doc.Alpha)
		}
	}
}

func TestRankPooled(t *testing.T) {
	t.Parallel()
	code, out, errs := runRank(samples(), "-", "--baseline", "default", "--variance", "pooled", "--format", "json")
	if code != exitDone || !strings.Contains(out, `"variance": "pooled"`) || !strings.Contains(out, `"method": "pooled"`) {
		t.Errorf("exit %d: %s\n%s", code, errs, out)
	}
	if _, out, _ = runRank(samples(), "-", "--baseline", "default", "--variance", "pooled", "--full"); !strings.Contains(out, "(Dunnett)") {
		t.Errorf("text does not name the rule:\n%s", out)
	}
}

// A wrong call and wrong data end with exit code 2, a message on stderr that says
// what to do, and nothing on stdout.
func TestRankRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stdin string
		args  []string
		want  string
	}{
		{"no file", "", []string{"--baseline", "default"}, "usage"},
		{"file not there", "", []string{"nothing.csv", "--baseline", "default"}, "no such file"},
		{"no baseline", samples(), []string{"-"}, "default, im=off"},
		{"unknown baseline", samples(), []string{"-", "--baseline", "x"}, "default, im=off"},
		{"margin", samples(), []string{"-", "--baseline", "default", "--margin", "much"}, "--margin"},
		{"margin out of range", samples(), []string{"-", "--baseline", "default", "--margin", "-2%"}, "margin"},
		{"margin NaN", samples(), []string{"-", "--baseline", "default", "--margin", "NaN"}, "margin"},
		{"alpha", samples(), []string{"-", "--baseline", "default", "--alpha", "7"}, "alpha"},
		{"format", samples(), []string{"-", "--baseline", "default", "--format", "xml"}, "--format"},
		{"variance", samples(), []string{"-", "--baseline", "default", "--variance", "none"}, "--variance"},
		{"bad value", strings.Replace(samples(), "lab\n", "lab\ndefault,9,x,tcp,throughput,Mbit/s,1,fast,lab\n", 1), []string{"-", "--baseline", "default"}, "line 3"},
		{"empty", "", []string{"-", "--baseline", "default"}, "header"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runRank(tt.stdin, tt.args...)
			if code != exitUsage || out != "" || !strings.Contains(errs, tt.want) {
				t.Errorf("exit %d, stdout %q, stderr %q; want 2, nothing, %q", code, out, errs, tt.want)
			}
		})
	}
}
