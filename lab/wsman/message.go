package wsman

import (
	"errors"
	"io"
	"net/http"

	"vnettune/lab/wsman/ntlm"
	"vnettune/lab/wsman/soap"
)

// typeSOAP is the content type of messages.
const typeSOAP = "application/soap+xml;charset=UTF-8"

// message is one request after it was decrypted, and the way of its answer.
type message struct {
	w       http.ResponseWriter
	body    []byte
	session *ntlm.Session // seals the answer; nil where the request was not sealed
}

// refuse answers with nothing but a status, as Windows does where it has no SOAP to say.
// Some clients never read what comes with a 401, and a body would cost them the connection.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// receiveMessage reads a request whose client is known. Where there is nothing to go on
// with, it has answered and gives false.
func (s *Server) receiveMessage(w http.ResponseWriter, r *http.Request, session *ntlm.Session) (*message, bool) {
	fail := func(status int) (*message, bool) {
		refuse(w, status)
		return nil, false
	}
	contentType := r.Header.Get("Content-Type")
	sealed := ntlm.IsSealed(contentType)
	limit := s.cfg.MaxEnvelopeSize
	if sealed {
		limit += ntlm.SealOverhead
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fail(http.StatusRequestEntityTooLarge)
	case err != nil:
		panic(http.ErrAbortHandler) // the client is gone
	case session != nil && len(body) == 0:
		return nil, false // only to authenticate: 200
	case !sealed && session != nil && s.cfg.Strict && r.TLS == nil:
		// That it is 500 and without a word: https://github.com/diyan/pywinrm/issues/208 and 129.
		return fail(http.StatusInternalServerError)
	case !sealed:
		return &message{w: w, body: body}, true
	}
	// What cannot be unsealed leaves the keys of the connection out of step. That it is
	// 400: Ansible's connection plugin for WinRM, on messages sealed for another socket.
	plain, err := unseal(session, contentType, body)
	if err != nil {
		w.Header().Set("Connection", "close")
		return fail(http.StatusBadRequest)
	}
	if len(plain) > s.cfg.MaxEnvelopeSize {
		return fail(http.StatusRequestEntityTooLarge)
	}
	return &message{w: w, body: plain, session: session}, true
}

func unseal(session *ntlm.Session, contentType string, body []byte) ([]byte, error) {
	if session == nil || !session.Seals() {
		return nil, errors.New("the connection has no keys to seal with")
	}
	sig, sealed, err := ntlm.ParseSealed(contentType, body)
	if err != nil {
		return nil, err
	}
	return session.Unseal(sig, sealed)
}

// send answers the message, sealed if it was.
func (m *message) send(r soap.Reply, relatesTo string) {
	text := []byte(soap.Compose(r, relatesTo))
	contentType := typeSOAP
	if m.session != nil {
		sig, sealed := m.session.Seal(text)
		contentType, text = ntlm.ContentSealed, ntlm.ComposeSealed(typeSOAP, sig, sealed)
	}
	m.w.Header().Set("Content-Type", contentType)
	if r.Status != 0 {
		m.w.WriteHeader(r.Status)
	}
	_, _ = m.w.Write(text) // a client that is gone asks again
}
