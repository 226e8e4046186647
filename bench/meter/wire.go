package meter

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"vnettune/foreign"
	"vnettune/results/record"
)

// Protocol is the version of what goes over the control connection. Both ends come from one
// build, so that another one is refused.
const Protocol = 1

// Each message is a length of 4 bytes, big end first, and so many bytes of JSON.
const (
	maxAsked    = 16 << 10 // bytes of a message that a server takes
	maxAnswered = 1 << 20  // and of one that a client takes
)

// TokenLength is the bytes of a token.
const TokenLength = 32

// NewToken is a token for one server, in hexadecimal.
func NewToken() string {
	b := make([]byte, TokenLength)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// ParseToken reads a token.
func ParseToken(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != TokenLength {
		return nil, fmt.Errorf("a token is %d hexadecimal digits", 2*TokenLength)
	}
	return b, nil
}

// greeting is the first word of a server, to whoever connects from the one address that it serves.
type greeting struct {
	Meter    string `json:"meter"` // "vnettune"
	Protocol int    `json:"protocol"`
	Nonce    string `json:"nonce"`
}

const meterName = "vnettune"

// What a connection is for.
const (
	roleControl = "control"
	roleStream  = "stream"
)

// hello answers a greeting.
type hello struct {
	Role    string `json:"role"`
	Session string `json:"session,omitempty"` // of a stream
	Number  int    `json:"number,omitempty"`  // of a stream
	Nonce   string `json:"nonce"`
	Proof   string `json:"proof"`
}

// message is everything else, one member a kind.
type message struct {
	Proof   string     `json:"proof,omitempty"`   // the server knows the token, too
	End     *End       `json:"end,omitempty"`     // who is there
	Params  *Params    `json:"params,omitempty"`  // the client asks for a measurement
	Session string     `json:"session,omitempty"` // the server takes it; streams may come
	Go      bool       `json:"go,omitempty"`      // the client has all its streams
	Going   bool       `json:"going,omitempty"`   // so has the server
	Began   bool       `json:"began,omitempty"`   // the measured seconds began at the server
	Ended   bool       `json:"ended,omitempty"`   // and ended
	Sent    *Datagrams `json:"sent,omitempty"`    // the sender of datagrams has sent all
	Over    bool       `json:"over,omitempty"`    // the client has all it wants
	Result  *Half      `json:"result,omitempty"`  // the server's figures; its last word
	Failed  *Failure   `json:"failed,omitempty"`
}

// Failure is why a run has no figures: an error that has one of the classes of results/record.
type Failure struct {
	Class  string `json:"class"`
	Reason string `json:"reason"`
}

// Error gives class and reason.
func (f *Failure) Error() string { return f.Class + ": " + f.Reason }

func failf(class, format string, args ...any) error {
	return &Failure{class, fmt.Sprintf(format, args...)}
}

// classed makes a failure of an error that has no class yet: a connection that ended is the
// other end's.
func classed(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return &Failure{f.Class, foreign.Words(f.Reason)}
	}
	class := record.Failed
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		class = record.HangKilled
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err):
		class = record.PeerLost
	}
	return &Failure{class, foreign.Words(err.Error())}
}

// send writes one message.
func send(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(b)), uint32(len(b))), b...))
	return err
}

// receive reads one message of at most so many bytes.
func receive(r io.Reader, most int64, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if int64(n) > most {
		return failf(record.UnsupportedByServer, "the other end sends a message of %d bytes, which is no message of the meter", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if err := foreign.CheckJSON(b, int(most)); err != nil {
		return failf(record.UnsupportedByServer, "the other end does not speak as the meter does: %v", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return failf(record.UnsupportedByServer, "the other end does not speak as the meter does: %v", err)
	}
	return nil
}

// proof shows that its maker knows the token, for these two nonces and these words only.
func proof(token []byte, who, serverNonce, clientNonce string, words ...string) string {
	mac := hmac.New(sha256.New, token)
	for _, w := range append([]string{who, serverNonce, clientNonce}, words...) {
		fmt.Fprintf(mac, "%d:%s,", len(w), w)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// shakeLimit bounds the proofs of one connection.
const shakeLimit = 5 * time.Second

// knock proves the client's knowledge of the token on a new connection, and asks for the
// server's. It returns who the server is.
func knock(conn net.Conn, token []byte, h hello) (End, error) {
	var g greeting
	if err := receive(conn, maxAsked, &g); err != nil {
		return End{}, err
	}
	if g.Meter != meterName || g.Protocol != Protocol {
		return End{}, failf(record.UnsupportedByServer, "what answers there is %.40q of protocol %d, not this meter of protocol %d", g.Meter, g.Protocol, Protocol)
	}
	h.Nonce = NewToken()
	h.Proof = proof(token, "client", g.Nonce, h.Nonce, h.Role, h.Session, strconv.Itoa(h.Number))
	if err := send(conn, h); err != nil {
		return End{}, err
	}
	var m message
	if err := receive(conn, maxAsked, &m); err != nil {
		return End{}, err
	}
	switch {
	case m.Failed != nil:
		return End{}, m.Failed
	case !same(m.Proof, proof(token, "server", g.Nonce, h.Nonce)):
		return End{}, failf(record.UnsupportedByServer, "the meter that answers does not know this run's token: another one listens there")
	case m.End == nil:
		return End{}, failf(record.UnsupportedByServer, "the meter that answers does not say who it is")
	}
	return *m.End, nil
}

// open answers whoever connected, and returns what the connection is for. The caller closes it
// after an error.
func open(conn net.Conn, token []byte) (hello, error) {
	g := greeting{meterName, Protocol, NewToken()}
	if err := send(conn, g); err != nil {
		return hello{}, err
	}
	var h hello
	if err := receive(conn, maxAsked, &h); err != nil {
		return hello{}, err
	}
	if !same(h.Proof, proof(token, "client", g.Nonce, h.Nonce, h.Role, h.Session, strconv.Itoa(h.Number))) {
		err := failf(record.BadArguments, "the meter does not take this token")
		_ = send(conn, message{Failed: err.(*Failure)}) // a client that is gone needs no answer
		return hello{}, err
	}
	end := thisEnd()
	return h, send(conn, message{Proof: proof(token, "server", g.Nonce, h.Nonce), End: &end})
}
