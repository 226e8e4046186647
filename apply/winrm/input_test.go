package winrm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
)

// sendFails is a service whose Sends fail as the test says: nth of them counts from 1, what it
// gives is done to it.
type sendFails func(nth int) sendFate

// sendFate is what becomes of one Send.
type sendFate struct {
	code  uint64 // it is answered with this fault; 0: with none
	lost  bool   // its connection is reset
	taken bool   // it is done all the same
}

func (f sendFails) serve(t *testing.T, e *echo) (winrm.Config, *atomic.Int32) {
	var sends atomic.Int32
	return serve(t, e, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			if !bytes.Contains(body, []byte("shell/Send<")) {
				next.ServeHTTP(w, r)
				return
			}
			fate := f(int(sends.Add(1)))
			if fate == (sendFate{}) {
				next.ServeHTTP(w, r)
				return
			}
			if fate.taken {
				next.ServeHTTP(nobody{}, r)
			}
			if fate.lost {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", soap)
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, soapFault(fate.code))
		})
	}), &sends
}

// nobody reads an answer.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}

// once is a fate of the first Send alone.
func once(fate sendFate) sendFails {
	return func(nth int) sendFate {
		if nth == 1 {
			return fate
		}
		return sendFate{}
	}
}

// A Send that fails and was taken has given the command its input: its output counts, and the
// input is not sent a second time.
func TestAFailedSendThatWasTaken(t *testing.T) {
	fates := map[string]sendFate{"lost": {lost: true, taken: true}}
	for _, code := range []uint64{2150858793, 109, 2147942509, 232, 2147942632, 1460, 2147943860, 170} {
		fates[fmt.Sprint(code)] = sendFate{code: code, taken: true}
	}
	for name, fate := range fates {
		t.Run(name, func(t *testing.T) {
			e := &echo{}
			c, sends := once(fate).serve(t, e)
			r, err := client(t, c).Run(t.Context(), "cat", []byte(`{"a":1}`))
			if err != nil || string(r.Stdout) != `{"a":1}` || r.Exit != 0 || r.Unsure == nil {
				t.Errorf("%+v, %v; want the output, and why it was not sure", r, err)
			}
			if sends.Load() != 1 || e.runs.Load() != 1 {
				t.Errorf("%d Sends, %d commands; want one of each", sends.Load(), e.runs.Load())
			}
		})
	}
}

// A Send that fails and was not taken is sent again once nothing comes.
func TestAFailedSendThatWasNotTaken(t *testing.T) {
	for name, fate := range map[string]sendFate{"lost": {lost: true}, "2150858793": {code: 2150858793}, "1460": {code: 1460}, "170": {code: 170}} {
		t.Run(name, func(t *testing.T) {
			e := &echo{}
			c, sends := once(fate).serve(t, e)
			c.Answer = 300 * time.Millisecond
			r, err := client(t, c).Run(t.Context(), "cat", []byte(`{"a":1}`))
			if err != nil || string(r.Stdout) != `{"a":1}` || r.Unsure != nil {
				t.Errorf("%+v, %v; want the output, for sure", r, err)
			}
			if sends.Load() != 2 || e.runs.Load() != 1 {
				t.Errorf("%d Sends, %d commands; want two and one", sends.Load(), e.runs.Load())
			}
		})
	}
}

// What was taken and is sent again is read once, although the command was slow to begin.
func TestInputThatComesTwiceIsReadOnce(t *testing.T) {
	for name, first := range map[string]sendFate{"lost": {lost: true, taken: true}, "2150858793": {code: 2150858793, taken: true}, "1460": {code: 1460, taken: true}} {
		t.Run(name, func(t *testing.T) {
			e := &echo{begin: make(chan struct{})}
			c, sends := sendFails(func(nth int) sendFate {
				if nth == 1 {
					return first
				}
				if nth == 2 {
					defer close(e.begin)
				}
				return sendFate{}
			}).serve(t, e)
			c.Answer = 300 * time.Millisecond
			r, err := client(t, c).Run(t.Context(), "cat", []byte(`{"a":1}`))
			if err != nil || string(r.Stdout) != `{"a":1}` {
				t.Errorf("%+v, %v", r, err)
			}
			if sends.Load() < 2 || e.runs.Load() != 1 {
				t.Errorf("%d Sends, %d commands", sends.Load(), e.runs.Load())
			}
		})
	}
}

// Input of several messages arrives as it is or not at all: a piece that the service goes on
// writing is not sent again, one that it has no room for yet is, and where nobody can tell the
// command is given up before it has its end.
func TestInputInPieces(t *testing.T) {
	input := make([]byte, 300_000)
	for i := range input {
		input[i] = byte(i % 251)
	}
	const pieces = 4
	from := func(first int, fates ...sendFate) sendFails {
		return func(nth int) sendFate {
			if nth < first || nth-first >= len(fates) {
				return sendFate{}
			}
			return fates[nth-first]
		}
	}
	late, busy, lost := sendFate{code: 2150858793, taken: true}, sendFate{code: 170}, sendFate{lost: true, taken: true}
	for name, tc := range map[string]struct {
		fails sendFails
		whole bool
		lost  bool // where it is not whole
		sends int32
	}{
		"written although it took too long":     {from(2, late), true, false, pieces},
		"no room yet":                           {from(2, busy, busy), true, false, pieces + 2},
		"took too long, then no room yet":       {from(2, late, busy), true, false, pieces + 1},
		"lost":                                  {from(2, lost), false, true, 2},
		"given up on the way":                   {from(2, sendFate{code: 1460, taken: true}), false, false, 2},
		"no room ever":                          {from(2, busy, busy, busy, busy, busy, busy, busy), false, false, 1 + 6},
		"the end was written":                   {from(pieces, late), true, false, pieces},
		"the end was written, its answer lost":  {from(pieces, lost), true, false, pieces},
		"no room yet for the end":               {from(pieces, busy), true, false, pieces + 1},
		"no room yet for the end, then lost it": {from(pieces, busy, lost), true, false, pieces + 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := &echo{}
			c, sends := tc.fails.serve(t, e)
			c.Command = 30 * time.Second
			w := client(t, c)
			w.HurryPauses()
			r, err := w.Run(t.Context(), "cat", input)
			switch {
			case tc.whole && (err != nil || !bytes.Equal(r.Stdout, input)):
				t.Errorf("%d bytes, %v; want all %d", len(r.Stdout), err, len(input))
			case !tc.whole && (err == nil || winrm.Lost(err) != tc.lost):
				t.Errorf("%d bytes, %v; want an error", len(r.Stdout), err)
			}
			if e.runs.Load() != 1 || sends.Load() != tc.sends {
				t.Errorf("%d commands, %d Sends; want one and %d", e.runs.Load(), sends.Load(), tc.sends)
			}
		})
	}
}

// The end of longer input that was not taken is not sent again: a part of it might be read twice.
// The command is waited for as long as it may run.
func TestALostEndOfLongInput(t *testing.T) {
	c, sends := sendFails(func(nth int) sendFate { return sendFate{lost: nth == 2} }).serve(t, &echo{})
	c.Answer, c.Command = 300*time.Millisecond, 700*time.Millisecond
	_, err := client(t, c).Run(t.Context(), "sleep", make([]byte, 150_000))
	if !winrm.Lost(err) || !strings.Contains(err.Error(), "has not ended") || !strings.Contains(err.Error(), "winrm send") || sends.Load() != 2 {
		t.Errorf("%v after %d Sends", err, sends.Load())
	}
}

// A guest that was lost while it got its input counts as lost, whatever it says afterwards.
func TestAFailedSendOfALostGuest(t *testing.T) {
	c := serve(t, &echo{}, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			switch {
			case bytes.Contains(body, []byte("shell/Send<")):
				panic(http.ErrAbortHandler)
			case bytes.Contains(body, []byte("shell/Receive<")): // it has rebooted: there is no such shell
				w.Header().Set("Content-Type", soap)
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, soapFault(2150858843))
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	})
	_, err := client(t, c).Run(t.Context(), "cat", []byte("x"))
	if !winrm.Lost(err) || !strings.Contains(err.Error(), "the shell is gone") || !strings.Contains(err.Error(), "winrm send") {
		t.Errorf("%v; want a lost connection", err)
	}
}

// What is refused in plain words was not taken, and nothing is waited for.
func TestASendThatIsRefused(t *testing.T) {
	c, sends := once(sendFate{code: 2150858790}).serve(t, &echo{})
	_, err := client(t, c).Run(t.Context(), "cat", []byte("x"))
	var f *fault.Fault
	if !errors.As(err, &f) || f.Step != "send" || sends.Load() != 1 {
		t.Errorf("%v after %d Sends", err, sends.Load())
	}
}

// Standard input is a pipe where there is any, an empty one too, and its end is sent with the
// last piece: a program that reads to the end would wait for ever at a console.
func TestStandardInputIsAPipe(t *testing.T) {
	for _, tc := range []struct {
		in     []byte
		option string
		ends   int32
	}{{[]byte("x"), "FALSE", 1}, {[]byte{}, "FALSE", 1}, {make([]byte, 200_000), "FALSE", 1}, {nil, "TRUE", 0}} {
		var option atomic.Value
		var ends atomic.Int32
		c := serve(t, &echo{}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				if _, after, ok := strings.Cut(string(body), `"WINRS_CONSOLEMODE_STDIN">`); ok {
					option.Store(after[:strings.IndexByte(after, '<')])
				}
				if bytes.Contains(body, []byte(`End="true"`)) {
					ends.Add(1)
				}
				if len(body) > 150<<10 {
					t.Errorf("a message of %d bytes; Windows 7 takes 150 KiB", len(body))
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				next.ServeHTTP(w, r)
			})
		})
		line := "cat"
		if tc.in == nil {
			line = "fail"
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := client(t, c).Run(ctx, line, tc.in); err != nil {
			t.Errorf("%d bytes: %v", len(tc.in), err)
		}
		if option.Load() != tc.option || ends.Load() != tc.ends {
			t.Errorf("%d bytes, nil %v: option %v, %d ends; want %s and %d", len(tc.in), tc.in == nil, option.Load(), ends.Load(), tc.option, tc.ends)
		}
	}
}

// A command whose program has ended reads no input, and that is no failure.
func TestInputOfAProgramThatReadsNone(t *testing.T) {
	c, _ := sendFails(func(int) sendFate { return sendFate{} }).serve(t, &echo{})
	r, err := client(t, c).Run(t.Context(), "fail", []byte{})
	if err != nil || r.Exit != 3 || string(r.Stderr) != "no such program" {
		t.Errorf("%+v, %v", r, err)
	}
}
