package guest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPaths: both of WinRM's addresses reach it, and no other does.
func TestPaths(t *testing.T) {
	m := &Machine{log: log.New(io.Discard, "", 0)}
	server := m.newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for path, want := range map[string]int{"/wsman": 418, "/wsman-anon/identify": 418, "/": 404, "/wsman-anon": 404} {
		answer := httptest.NewRecorder()
		server.Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, path, nil))
		if answer.Code != want {
			t.Errorf("%s: %d, want %d", path, answer.Code, want)
		}
	}
}

type closer struct{ closed int }

func (c *closer) Close() error {
	c.closed++
	return nil
}

// TestShellsEndWithTheMachine: whatever the server still does, WinRM's shells are ended.
func TestShellsEndWithTheMachine(t *testing.T) {
	m := &Machine{log: log.New(io.Discard, "", 0)}
	winrm := &closer{}
	m.shutDown(m.newServer(http.NotFoundHandler()), winrm)
	if winrm.closed != 1 {
		t.Errorf("closed %d times", winrm.closed)
	}
}
