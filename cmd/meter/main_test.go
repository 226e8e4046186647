package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/bench/meter"
)

const token = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// TestAServerLivesAsLongAsItsStarter: it measures while its standard input is open, and ends with it.
func TestAServerLivesAsLongAsItsStarter(t *testing.T) {
	in, starter := io.Pipe()
	said, stdout := io.Pipe()
	ended := make(chan int, 1)
	var stderr bytes.Buffer
	go func() { ended <- run(t.Context(), []string{"serve"}, in, stdout, &stderr) }()
	fmt.Fprintf(starter, `{"port":0,"peer":"127.0.0.1","token":%q,"idle_seconds":600,"limit_seconds":600}`+"\n", token)
	var listens struct{ Port int }
	if err := json.NewDecoder(said).Decode(&listens); err != nil {
		t.Fatal(err)
	}
	ask := fmt.Sprintf(`{"target":{"Address":"127.0.0.1","Port":%d,"Token":%q},"params":{"kind":"rr","seconds":0.1,"warm_up":0,"request":64,"response":64}}`, listens.Port, token)
	var document bytes.Buffer
	if code := run(t.Context(), []string{"run"}, strings.NewReader(ask), &document, io.Discard); code != 0 {
		t.Errorf("exit code %d: %s", code, document.Bytes())
	}
	var d meter.Document
	if err := json.Unmarshal(document.Bytes(), &d); err != nil || d.Host.RR == nil || d.Host.RR.Count == 0 {
		t.Errorf("document %s: %v", document.Bytes(), err)
	}
	starter.Close()
	if code := <-ended; code != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d: %s", code, stderr.Bytes())
	}
	document.Reset()
	if code := run(t.Context(), []string{"run"}, strings.NewReader(ask), &document, io.Discard); code != 1 || !strings.Contains(document.String(), "connection_refused") {
		t.Errorf("with no server there: exit code %d: %s", code, document.Bytes())
	}
}

// TestTheTokenDoesNotStay: the file of the configuration is gone once it was read, whatever it says.
func TestTheTokenDoesNotStay(t *testing.T) {
	for text, want := range map[string]int{
		"nonsense": 2,
		`{"port":0,"peer":"127.0.0.1","token":"short","idle_seconds":1,"limit_seconds":1}`:              1,
		`{"port":0,"peer":"127.0.0.1","token":"` + token + `","idle_seconds":0.05,"limit_seconds":600}`: 0,
	} {
		path := filepath.Join(t.TempDir(), "meter.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run(t.Context(), []string{"serve", "--config", path}, nil, io.Discard, io.Discard); code != want {
			t.Errorf("%s: exit code %d, want %d", text, code, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the file is still there", text)
		}
	}
}

// TestWhyItEndedIsInTheLog: in a guest nobody reads its standard error.
func TestWhyItEndedIsInTheLog(t *testing.T) {
	dir := t.TempDir()
	text := `{"port":70000,"peer":"127.0.0.1","token":"` + token + `","idle_seconds":1,"limit_seconds":1}`
	if err := os.WriteFile(filepath.Join(dir, "meter.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"serve", "--config", filepath.Join(dir, "meter.json")}, nil, io.Discard, &stderr); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "meter.log")); err != nil || string(b) != stderr.String() || len(b) == 0 {
		t.Errorf("log %q, %v; standard error %q", b, err, stderr.String())
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"serve", "--token", token}, {"serve"}, {"run"}, {"serve", "--config", "/nonexistent"}} {
		if code := run(t.Context(), args, strings.NewReader(""), io.Discard, io.Discard); code != 2 {
			t.Errorf("%q: exit code %d, want 2", args, code)
		}
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"version"}, nil, &out, io.Discard); code != 0 || !strings.HasPrefix(out.String(), "vnettune meter ") {
		t.Errorf("version: %d, %q", code, out.String())
	}
}
