package envelope

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"vnettune/foreign"
)

// Bounds of a message, far beyond those of Windows: its answers are some ten elements deep, have
// some dozens of tags, and nothing long but the text of a stream.
const (
	maxDepth = 50
	maxTags  = 20_000
	maxTag   = 32 << 10 // bytes of one tag
)

// looks is how many tokens are read before the context is looked at again.
const looks = 256

// Walk reads a message and shows every element's begin, end and text to see, with the names from
// the root down to it. An answer that is no whole envelope, or is beyond what a message may be,
// is an error; so is what see finds wrong, and the end of ctx.
func Walk(ctx context.Context, message []byte, see func(path []xml.Name, t xml.Token) error) error {
	if err := bounded(message); err != nil {
		return err
	}
	dec := xml.NewDecoder(bytes.NewReader(message))
	var path []xml.Name
	begun := false
	for n := 0; ; n++ {
		if n%looks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && begun:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("the answer is empty")
		case err != nil:
			return fmt.Errorf("the answer is no whole SOAP message: %s", foreign.Line(err.Error()))
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case len(path) == 0 && (begun || t.Name.Local != "Envelope"):
				return errors.New("the answer is no SOAP message")
			case len(path) == maxDepth:
				return fmt.Errorf("the answer is no message of WinRM: more than %d elements within each other", maxDepth)
			}
			begun = true
			path = append(path, t.Name)
			err = see(path, t)
		case xml.EndElement:
			err = see(path, t)
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 {
				err = see(path, t)
			}
		case xml.Directive: // which SOAP forbids (SOAP 1.2 part 1, 5), and entities are defined in
			err = errors.New("the answer is no SOAP message: it has a document type")
		}
		if err != nil {
			return err
		}
	}
}

// bounded refuses a message with more tags, or with a longer one, than any has: the decoder
// holds a tag whole, and what it makes of it is many times as big.
func bounded(message []byte) error {
	for tags := 0; ; tags++ {
		begin := bytes.IndexByte(message, '<')
		if begin < 0 {
			return nil
		}
		message = message[begin:]
		if tags == maxTags {
			return fmt.Errorf("the answer is no message of WinRM: more than %d tags", maxTags)
		}
		end := bytes.IndexByte(message[:min(len(message), maxTag)], '>')
		if end < 0 && len(message) > maxTag {
			return fmt.Errorf("the answer is no message of WinRM: a tag of more than %d KiB", maxTag>>10)
		}
		message = message[max(end, 1):]
	}
}
