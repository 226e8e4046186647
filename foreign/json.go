package foreign

import (
	"bytes"
	"encoding/json"
)

// texts gives every text of a JSON document to show, names of members included, and keeps
// everything else as it is.
func texts(document []byte, show func(string) string) []byte {
	var out bytes.Buffer
	for len(document) > 0 {
		begin := bytes.IndexByte(document, '"')
		if begin < 0 {
			break
		}
		out.Write(document[:begin])
		document = document[begin:]
		end := endOfText(document)
		if quoted := document[:end]; end > MaxLine || bytes.IndexByte(quoted, '\\') >= 0 || !plainASCII(string(quoted)) {
			var text string
			if json.Unmarshal(quoted, &text) != nil {
				break // no JSON
			}
			out.Write(quote(show(text)))
		} else {
			out.Write(quoted) // as nearly all texts are
		}
		document = document[end:]
	}
	out.Write(document)
	return out.Bytes()
}

// endOfText is behind the quote that ends the text that b begins with.
func endOfText(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// quote is a text as JSON writes it.
func quote(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
