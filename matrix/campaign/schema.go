package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vnettune/matrix"
)

// schema is a JSON Schema, or a part of one.
type schema map[string]any

// SchemaTitle is the title of the schema of campaign files, of every version.
const SchemaTitle = "vnettune campaign file"

// SchemaFile is what the schema is called beside a campaign's file.
const SchemaFile = "vnettune-campaign.schema.json"

// SchemaLine is the first line of a campaign file that names SchemaFile beside it, as the YAML language server and the
// editors that use it read it (https://github.com/redhat-developer/yaml-language-server#using-inlined-schema). To
// YAML it is a comment.
const SchemaLine = "# yaml-language-server: $schema=./" + SchemaFile + "\n"

// Schema is a JSON Schema (draft 2020-12) of the campaign file, for editors: keys with what they mean, their legal
// values and their defaults. What Parse takes it takes, too; rules between keys only Parse knows. A file is meant as
// YAML 1.2 reads it.
func Schema() []byte {
	s := fileKeys.schema()
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = SchemaTitle
	s["description"] = "Which settings are tried on which Windows guest, and how. Made by vnettune from what reads the file."
	s["$defs"] = settingSchemas()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		panic(err) // it is made of texts and numbers
	}
	return b.Bytes()
}

// IsSchema says whether a text is the Schema of some version.
func IsSchema(text []byte) bool {
	var s struct {
		Title string `json:"title"`
	}
	return json.Unmarshal(text, &s) == nil && s.Title == SchemaTitle
}

// with is s and one key more, which is left out where the value is none.
func (s schema) with(key string, value any) schema {
	switch value {
	case nil, "", 0, 0.0, "0s":
	default:
		s[key] = value
	}
	return s
}

// like is s with the form of its texts; what is shown where a text is of another form
// (https://code.visualstudio.com/docs/languages/json#_json-schemas-and-settings: patternErrorMessage).
func (s schema) like(pattern, what string) schema {
	s["pattern"] = pattern
	return s.with("patternErrorMessage", what)
}

func (g group) schema() schema {
	properties, required := schema{}, []string{}
	for _, k := range g {
		properties[k.name] = k.form.schema().with("description", k.says)
		if k.missing != "" {
			required = append(required, k.name)
		}
	}
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// schema says what the keys are for each of the two kinds of guest.
func (machine) schema() schema {
	s := guestKeys.schema()
	none := schema{}
	for _, k := range remoteKeys {
		none[k.name] = false
	}
	s["if"] = schema{"required": []string{"lab"}}
	s["then"] = schema{"properties": none}
	s["else"] = schema{"if": schema{"required": []string{"libvirt"}}, "else": schema{"required": []string{"control", "data"}}} // libvirt knows them
	return s
}

// typed is a word as YAML 1.2 reads it where it is not in quotes.
func typed(w string) any {
	if n, err := strconv.ParseUint(w, 10, 64); err == nil {
		return n
	}
	if w == "true" || w == "false" {
		return w == "true"
	}
	return w
}

func typedAll(words []string) (all []any, other bool) {
	for _, w := range words {
		v := typed(w)
		all = append(all, v)
		other = other || v != any(w)
	}
	return all, other
}

func (f word) schema() schema {
	all, other := typedAll(f.of)
	s := schema{"enum": all}
	if other { // in quotes it is a text
		quoted := make([]string, len(f.of))
		for i, w := range f.of {
			quoted[i] = regexp.QuoteMeta(w)
		}
		s = schema{"anyOf": []schema{s, schema{"type": "string"}.like("^("+strings.Join(quoted, "|")+")$", "legal: "+strings.Join(f.of, ", "))}}
	}
	return s.with("default", typed(f.otherwise))
}

// single is the schema of any single value, whatever YAML takes it for. That it names what the value is not keeps
// editors from proposing true and false.
func single(besides ...string) schema {
	return schema{"not": schema{"type": append([]string{"array", "object"}, besides...)}, "errorMessage": "this must be a single value"}
}

// schema takes what YAML reads as a number or a truth value where a text of that form can look like one.
func (f matching) schema() schema {
	s := single("null")
	if f.empty {
		s = single()
	}
	if f.like != nil {
		var never []string
		if !slices.ContainsFunc([]string{"0", "1.5", strings.Repeat("1", 64)}, f.like.MatchString) {
			never = append(never, "number")
		}
		if !f.like.MatchString("true") {
			never = append(never, "boolean")
		}
		s = single(append(never, "null")...).like(f.like.String(), "legal: "+f.what)
	}
	if f.known != nil {
		s = schema{"anyOf": []schema{{"enum": f.known()}, s}}
	}
	return s.with("default", f.otherwise)
}

func (f title) schema() schema {
	return single("null").with("maxLength", f.most).like(nameForm.String(), fmt.Sprintf("legal: up to %d letters, digits and ._+,=:- beginning with a letter or digit", f.most))
}

func (f whole) schema() schema {
	return schema{"type": []string{"integer", "string"}, "minimum": f.least, "maximum": f.most}.like("^[+-]?[0-9]+$", "legal: "+f.what()).with("default", f.otherwise)
}

func (seed) schema() schema {
	return schema{"type": []string{"integer", "string"}, "minimum": 0, "maximum": uint64(math.MaxUint64)}.like("^[0-9]+$", "legal: a whole number from 0 to 18446744073709551615")
}

// positive is the form of a number above 0 as strconv.ParseFloat reads it.
const positive = `\+?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|0[xX][0-9A-Fa-f_.]+[pP][+-]?[0-9]+)`

// measured is a number, as a text with or without its unit.
func measured(unit, what string) schema {
	end := `\s*$`
	if unit != "" {
		end = `\s*(` + regexp.QuoteMeta(unit) + `)?\s*$`
	}
	return schema{"type": []string{"number", "string"}}.like(`^\s*`+positive+end, "legal: "+what)
}

func (f number) schema() schema {
	s := measured(f.unit, f.what())
	s["exclusiveMinimum"], s["maximum"] = f.least, f.most
	if f.otherwise != 0 {
		s["default"] = strconv.FormatFloat(f.otherwise, 'g', -1, 64) + f.unit
		if f.unit == "" {
			s["default"] = f.otherwise
		}
	}
	return s
}

func (f margin) schema() schema {
	form := marginForm(f.metric)
	s := measured(form.unit, form.legal)
	s["exclusiveMinimum"] = 0
	if !math.IsInf(form.below, 1) {
		s["exclusiveMaximum"] = form.below
	}
	return s
}

// spanForm is the form of a time as time.ParseDuration reads it; 0 needs no unit.
const spanForm = `[+-]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)`

func (f span) schema() schema {
	form, what := spanForm, f.what()
	if f.word != "" {
		form, what = f.word+"|"+form, f.word+", or "+what
	}
	return schema{"type": []string{"string", "integer"}, "minimum": 0, "maximum": 0}.like("^("+form+")$", "legal: "+what).with("default", shortTime.ReplaceAllString(f.otherwise.String(), "$1"))
}

// shortTime is what a time has behind it of smaller units that are none of it.
var shortTime = regexp.MustCompile(`([hm])(0m)?0s$`)

func (truth) schema() schema {
	return schema{"type": []string{"boolean", "string"}, "default": false}.like("^(true|false)$", "legal: true, false")
}

func (f several) schema() schema {
	s := schema{"type": "array", "items": f.of.schema()}
	if f.some {
		s["minItems"] = 1
	}
	if f.once {
		s["uniqueItems"] = true
	}
	return s
}

// schema chooses by whether the value has parts, so that what is wrong is found at its place in them.
func (f either) schema() schema {
	parts, plain := f.parts.schema(), f.plain.schema()
	return schema{"if": schema{"type": parts["type"]}, "then": parts, "else": plain}.with("examples", plain["enum"])
}

// schema chooses by the key.
func (f having) schema() schema {
	return schema{"if": schema{"required": []string{f.key}}, "then": f.with.schema(), "else": f.without.schema()}
}

func (f named) schema() schema {
	s := schema{"type": "object", "additionalProperties": f.form.schema()}
	if f.like != nil {
		s["propertyNames"] = schema{"pattern": f.like.String()}
	}
	return s
}

func (f valued) schema() schema {
	return schema{"type": "object", "$ref": "#/$defs/" + string(f.of)}
}

// settingSchemas are the values of every setting of the catalogue, and the mappings of them.
func settingSchemas() schema {
	scalars := single("null")
	forms := map[valuesOf]func(legal schema) schema{
		oneValue:   func(legal schema) schema { return legal },
		someValues: func(legal schema) schema { return schema{"type": "array", "minItems": 1, "items": legal} },
		anyValue:   func(legal schema) schema { return schema{"anyOf": []schema{legal, scalars}} },
	}
	all := schema{}
	for of, form := range forms {
		properties := schema{}
		for _, s := range matrix.Catalogue().All() {
			all[s.ID] = legalSchema(s.Legal)
			properties[s.ID] = form(schema{"$ref": "#/$defs/" + s.ID}).with("description", s.Name)
		}
		all[string(of)] = schema{
			"type": "object", "additionalProperties": false, "properties": properties,
			"patternProperties": schema{"^" + regexp.QuoteMeta(matrix.OwnPrefix): form(scalars)},
		}
	}
	return all
}

// legalSchema takes what matrix.Legal takes once it is canonical: words in any case, numbers in decimal or behind 0x.
func legalSchema(l matrix.Legal) schema {
	if len(l.Enum) == 0 && !l.Number {
		return single("null")
	}
	words := append(slices.Clone(l.Enum), string(matrix.Found), string(matrix.Default))
	if l.Absent {
		words = append(words, string(matrix.Absent))
	}
	all, numbers := typedAll(words)
	ways := []schema{{"enum": all}}
	var forms []string
	if l.Number {
		numbers = true
		ways = append(ways, schema{"type": "integer", "minimum": l.Min, "maximum": l.Max})
	}
	if numbers {
		forms = append(forms, "0[xX][0-9A-Fa-f]+", "[0-9]+")
	}
	for i, w := range words {
		if _, text := all[i].(string); text {
			forms = append(forms, anyCase(w))
		}
	}
	return schema{"anyOf": append(ways, schema{"type": "string"}.like(`^\s*(`+strings.Join(forms, "|")+`)\s*$`, "legal: "+l.String()))}
}

// anyCase is a pattern of a word in upper case, in lower case and mixed.
func anyCase(word string) string {
	var b strings.Builder
	for _, r := range word {
		if up, low := unicode.ToUpper(r), unicode.ToLower(r); up != low {
			b.WriteString("[" + string(up) + string(low) + "]")
		} else {
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}
