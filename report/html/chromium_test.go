package html

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vnettune/report/page"
)

// browser is a Chromium that is told by its pipe what to do.
type browser struct {
	t       *testing.T
	to      io.Writer
	pipe    *os.File
	from    *bufio.Reader // of the pipe
	session string
	last    int
	events  []event // that came since they were last looked at
}

type event struct {
	Method string
	Params json.RawMessage
}

// asked are the requests that came to a proxy.
type asked struct {
	sync.Mutex
	lines []string
}

func (a *asked) add(line string) {
	a.Lock()
	defer a.Unlock()
	a.lines = append(a.lines, strings.TrimSpace(line))
}

// startBrowser starts one whose proxy notes what is asked and answers nothing. It ends with the test.
func startBrowser(t *testing.T, program string, asked *asked) *browser {
	t.Helper()
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proxy.Close() })
	go func() {
		for {
			c, err := proxy.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(io.LimitReader(c, 1000)).ReadString('\n')
			asked.add(line)
			c.Close()
		}
	}()
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--proxy-server="+proxy.Addr().String(), "--proxy-bypass-list=<-loopback>",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe")
	c.ExtraFiles = []*os.File{in, out}
	c.Env = append(os.Environ(), "HOME="+t.TempDir())
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, pipe: from, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		b.session = ""
		b.call("Browser.close", nil, nil)
		_ = c.Wait()
		to.Close()
		from.Close()
	})
	return b
}

// call asks for one thing and waits for its answer.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.last++
	ask := map[string]any{"id": b.last, "method": method, "params": params}
	if b.session != "" {
		ask["sessionId"] = b.session
	}
	text, err := json.Marshal(ask)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		answer := b.read()
		if answer.ID != b.last {
			continue
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

type message struct {
	event
	ID            int
	Result, Error json.RawMessage
}

func (b *browser) read() message {
	b.t.Helper()
	_ = b.pipe.SetReadDeadline(time.Now().Add(time.Minute)) // nothing takes so long
	text, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser says no more: %v", err)
	}
	var m message
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		b.t.Fatal(err)
	}
	if m.Method != "" {
		b.events = append(b.events, m.event)
	}
	return m
}

// tab opens an empty one and listens to it.
func (b *browser) tab() {
	b.t.Helper()
	b.session = ""
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Log", "Runtime"} {
		b.call(domain+".enable", nil, nil)
	}
}

// open loads a file and waits until all of it is there.
func (b *browser) open(path string) {
	b.t.Helper()
	b.events = nil
	began := time.Now()
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	for !strings.Contains(fmt.Sprint(b.events), "Page.loadEventFired") {
		b.read()
	}
	b.t.Logf("%s: loaded within %v", filepath.Base(path), time.Since(began).Round(time.Millisecond))
}

// wrong gives what the page must not have done: written to the console, asked anybody for anything, opened a dialogue.
func (b *browser) wrong() (wrong []string) {
	for _, e := range b.events {
		switch e.Method {
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening":
			wrong = append(wrong, e.Method+" "+string(e.Params))
		case "Network.requestWillBeSent":
			var r struct{ Request struct{ URL string } }
			if err := json.Unmarshal(e.Params, &r); err != nil {
				b.t.Fatal(err)
			}
			if !strings.HasPrefix(r.Request.URL, "file://") && r.Request.URL != "data:," {
				wrong = append(wrong, "a request for "+r.Request.URL)
			}
		}
	}
	return wrong
}

func (b *browser) evaluate(expression string, result any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s", r.ExceptionDetails)
	}
	if err := json.Unmarshal(r.Result.Value, result); err != nil {
		b.t.Fatalf("%s: %v", r.Result.Value, err)
	}
}

// keep writes a file beside the test's other artefacts (go test -artifacts).
func (b *browser) keep(name, base64Text string) string {
	b.t.Helper()
	content, err := base64.StdEncoding.DecodeString(base64Text)
	if err != nil {
		b.t.Fatal(err)
	}
	path := filepath.Join(b.t.ArtifactDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// faint gives the texts that are seen and have too little contrast to what is behind them: WCAG AA by the
// computed styles. Large is from 24 pixels on, or bold from 18.66.
const faint = `(() => {
	const rgba = s => { const n = s.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
	const luminance = c => c.slice(0, 3).map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
		.reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
	const wrong = []; let seen = 0;
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walk.nextNode();) {
		const e = n.parentElement;
		if (!n.data.trim() || !e.checkVisibility() || e.tagName == 'title') continue;
		const style = getComputedStyle(e);
		const ink = rgba(e.namespaceURI.endsWith('svg') ? style.fill : style.color);
		let ground;
		for (let at = e; at; at = at.parentElement) {
			const c = rgba(getComputedStyle(at).backgroundColor);
			if (c[3] == 1) { ground = c; break; }
		}
		seen++;
		if (!ground) { wrong.push('nothing behind: ' + n.data); continue; }
		const [a, b] = [luminance(ink), luminance(ground)].sort((x, y) => y - x);
		const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
		const contrast = (a + 0.05) / (b + 0.05);
		if (contrast < (large ? 3 : 4.5)) wrong.push(contrast.toFixed(2) + ': ' + n.data.slice(0, 60));
	}
	return {Seen: seen, Wrong: wrong};
})()`

// TestInChromium shows pages as a reader sees them. make test-extern has it.
func TestInChromium(t *testing.T) {
	program := os.Getenv("VNETTUNE_CHROMIUM")
	if program == "" {
		t.Skip("NOT TESTED: pages in a browser; VNETTUNE_CHROMIUM names a Chromium")
	}
	var proxied asked
	b := startBrowser(t, program, &proxied)
	dir := t.TempDir()
	for name, p := range map[string]page.Page{"campaign": campaign(), "hostile": hostile(), "large": large(200)} {
		path := filepath.Join(dir, name+".html")
		if err := os.WriteFile(path, []byte(written(t, p)), 0o644); err != nil {
			t.Fatal(err)
		}
		b.tab()
		b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": name != "hostile"}, nil) // hostile may try
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{1280, 375} {
				what := fmt.Sprintf("%s-%s-%d", name, scheme, width)
				b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
				b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 640}, nil)
				b.open(path)
				var wide int
				if b.evaluate("document.documentElement.scrollWidth", &wide); wide > width {
					t.Errorf("%s: the page is %d pixels wide", what, wide)
				}
				var low struct {
					Seen  int
					Wrong []string
				}
				if b.evaluate(faint, &low); low.Seen < 100 || len(low.Wrong) > 0 {
					t.Errorf("%s: %d texts seen, too faint: %q", what, low.Seen, low.Wrong)
				}
				for _, w := range b.wrong() {
					t.Errorf("%s: %s", what, w)
				}
				if name == "campaign" {
					var tall float64
					b.evaluate("document.documentElement.scrollHeight", &tall)
					for y, i := 0.0, 1; y < tall; y, i = y+1600, i+1 {
						var shot struct{ Data string }
						clip := map[string]any{"x": 0, "y": y, "width": width, "height": min(1600, tall-y), "scale": 1}
						b.call("Page.captureScreenshot", map[string]any{"clip": clip, "captureBeyondViewport": true}, &shot)
						b.keep(fmt.Sprintf("%s-%d.png", what, i), shot.Data)
					}
				}
			}
		}
		var pdf struct{ Data string }
		b.call("Page.printToPDF", map[string]any{"preferCSSPageSize": true}, &pdf)
		printed := b.keep(name+".pdf", pdf.Data)
		if name == "campaign" {
			onPaper(t, printed)
			b.tab()
			b.open(path + "#readings")
			var unfolded bool
			if b.evaluate("document.getElementById('readings').checkVisibility()", &unfolded); !unfolded {
				t.Error("a link to what is folded does not unfold it")
			}
		}
	}
	proxied.Lock()
	defer proxied.Unlock()
	for _, line := range proxied.lines { // a browser asks for its own updates, whatever one tells it
		if strings.Contains(line, ".example") || strings.Contains(line, "linux-kvm") || strings.Contains(line, "vega") {
			t.Errorf("asked of the proxy: %q", line)
		}
	}
	t.Logf("%d requests, none for a page", len(proxied.lines))
}

// onPaper looks at what was printed: of A4, with what was folded, without what only a machine reads.
func onPaper(t *testing.T, path string) {
	t.Helper()
	about, err := exec.Command("pdfinfo", path).Output()
	if err != nil {
		t.Fatalf("pdfinfo (package poppler-utils): %v", err)
	}
	if !strings.Contains(string(about), "(A4)") {
		t.Errorf("%s", about)
	}
	said, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	// Lines end anywhere, and pdftotext takes the hyphen of one that ends with it for its own.
	unbroken := func(s string) string { return strings.ReplaceAll(strings.Join(strings.Fields(s), ""), "-", "") }
	for want, there := range map[string]bool{
		"the driver read its default back": true, "name: seed-page": true, "kvm.org/page/WindowsGuestDrivers/kvmnet/registry)": true,
		"samples.csv": true, "INCONCLUSIVE(missing)": true, "Vega-Lite specification": false, "$schema": false,
	} {
		if strings.Contains(unbroken(string(said)), unbroken(want)) != there {
			t.Errorf("on paper: %q: want %v in\n%s", want, there, said)
		}
	}
}
