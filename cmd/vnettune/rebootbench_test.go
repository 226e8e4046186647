package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/lab"
	"vnettune/matrix/campaign"
)

// rebootsEnv, set inside a lab, names the campaign whose guest is rebooted, and the
// program that reboots it instead of the harness, if any, behind a space.
const rebootsEnv = "VNETTUNE_BENCH_REBOOTS"

// reboots is how many reboots a figure is the median of.
const reboots = 5

// latencies are what one subject of the benchmark measured, in seconds each.
type latencies struct {
	Answer []float64 // from the request to the first answer to a probe every few milliseconds
	After  []float64 // from that answer to the subject's going on
}

// BenchmarkReboot measures how long after the moment that the guest could answer the
// harness goes on, with Ansible's win_reboot on the same guest beside it.
func BenchmarkReboot(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "vnettune")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	info, kind := benchLab(b, bin)
	b.Run("vnettune/"+kind, func(b *testing.B) { rebootInside(b, info, kind, "") })
	b.Run("ansible/"+kind, func(b *testing.B) {
		if _, err := exec.LookPath("ansible"); err != nil {
			b.Skip("NOT COMPARED WITH ANSIBLE: there is no ansible; install the Debian package ansible")
		}
		script, err := filepath.Abs(filepath.Join("..", "..", "tools", "extern", "ansible_reboot"))
		if err != nil {
			b.Fatal(err)
		}
		rebootInside(b, info, kind, script)
	})
}

// benchLab brings up a virtual machine, or where there is none the fast lab.
func benchLab(b *testing.B, bin string) (lab.Info, string) {
	b.Helper()
	run, err := os.MkdirTemp("", "vnt")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(run) })
	b.Setenv("XDG_STATE_HOME", b.TempDir())
	b.Setenv("XDG_RUNTIME_DIR", run)
	m, err := labManager()
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []string{lab.KindVM, lab.KindFast} {
		info, upErr := m.Up(b.Context(), lab.Options{Name: "reboots", Kind: kind, Executable: bin})
		if upErr == nil {
			b.Cleanup(func() {
				ctx, cancel := contextFor(time.Minute)
				defer cancel()
				if err := m.Down(ctx, "reboots"); err != nil {
					b.Error(err)
				}
			})
			return info, map[string]string{lab.KindVM: campaign.LabVM, lab.KindFast: campaign.LabFast}[kind]
		}
		b.Logf("NOT MEASURED: a lab of kind %s: %v", kind, upErr)
		err = upErr
	}
	b.Skipf("NOT MEASURED: no lab: %v", err)
	return lab.Info{}, ""
}

func rebootInside(b *testing.B, info lab.Info, kind, program string) {
	text := "name: reboots\nguest:\n  lab: {kind: " + kind + ", name: reboots}\ndesign: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n"
	file := filepath.Join(b.TempDir(), "reboots.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := lab.Enter(info, []string{path, "-test.run=^TestRebootsInside$", "-test.v"},
			[]string{rebootsEnv + "=" + strings.TrimSpace(file+" "+program), insideEnv + "=" + info.Name})
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("inside the lab: %v\n%s", err, out)
		}
		var l latencies
		_, rest, _ := bytes.Cut(out, []byte("latencies "))
		if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&l); err != nil {
			b.Fatalf("%v in\n%s", err, out)
		}
		b.ReportMetric(median(l.After)*1000, "ms-after-answer")
		b.ReportMetric(slices.Max(l.After)*1000, "ms-after-answer-worst")
		b.ReportMetric(median(l.Answer), "s-to-answer")
		b.ReportMetric(0, "ns/op")
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// TestRebootsInside is the part of BenchmarkReboot that runs in the lab's network.
func TestRebootsInside(t *testing.T) {
	file, program, _ := strings.Cut(os.Getenv(rebootsEnv), " ")
	if file == "" {
		t.Skip("it is BenchmarkReboot's")
	}
	c, _, err := loadCampaign(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := reach(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	reboot := func() {
		if _, err := g.Guest.Reboot(t.Context(), apply.RebootLimits(campaign.DefaultReboot)); err != nil {
			t.Fatal(err)
		}
	}
	if program != "" {
		reboot = func() {
			if out, err := exec.CommandContext(t.Context(), program, g.Config.Address).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", program, err, out)
			}
		}
	}
	var l latencies
	for range reboots {
		p := watchAnswers(t.Context(), "http://"+g.Config.Address+"/wsman-anon/identify")
		asked := time.Now()
		reboot()
		on := time.Now()
		answered := p.stop()
		if answered.IsZero() {
			t.Fatal("the guest was never seen to be down and to answer again")
		}
		l.Answer = append(l.Answer, answered.Sub(asked).Seconds())
		l.After = append(l.After, on.Sub(answered).Seconds())
	}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("latencies %s", text)
}

// prober asks the guest's WinRM without logging on, every few milliseconds, apart from
// whoever reboots it.
type prober struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	// The first answer after the longest silence: a busy host's guest may miss a probe
	// while it is up, and such a silence is not the boot's.
	first   time.Time
	silence time.Duration
}

func watchAnswers(ctx context.Context, url string) *prober {
	ctx, cancel := context.WithCancel(ctx)
	p := &prober{cancel: cancel}
	client := &http.Client{Timeout: 100 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	const identify = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>` +
		`<i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>`
	p.done.Go(func() {
		var down time.Time
		for ctx.Err() == nil {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(identify))
			if err != nil {
				panic(err) // the address is the lab's own
			}
			req.Header.Set("Content-Type", "application/soap+xml;charset=UTF-8")
			req.Header.Set("WSMANIDENTIFY", "unauthenticated")
			resp, err := client.Do(req)
			if err == nil {
				resp.Body.Close()
			}
			switch ok, now := err == nil && resp.StatusCode == http.StatusOK, time.Now(); {
			case !ok && down.IsZero():
				down = now
			case ok && !down.IsZero():
				if lasted := now.Sub(down); lasted > p.silence {
					p.first, p.silence = now, lasted
				}
				down = time.Time{}
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	return p
}

func (p *prober) stop() time.Time {
	p.cancel()
	p.done.Wait()
	return p.first
}
