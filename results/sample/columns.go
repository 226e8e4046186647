package sample

import (
	"fmt"
	"slices"
	"strings"
)

// Column names of the CSV.
const (
	colCombination = "combination"
	colBlock       = "block"
	colBoot        = "boot"
	colWorkload    = "workload"
	colMetric      = "metric"
	colUnit        = "unit"
	colRepetition  = "repetition"
	colValue       = "value"
	colBetter      = "better"
	colStatus      = "status"
	colOrder       = "order"
	colSession     = "session"
	colGuestKind   = "guest_kind"
	colSlot        = "slot"
	colStint       = "stint"
	colCovariate   = "covariate"
	colControl     = "control"
	setPrefix      = "set:"
)

var (
	requiredColumns = []string{colCombination, colBlock, colBoot, colWorkload, colMetric, colUnit, colRepetition, colValue}
	optionalColumns = []string{colBetter, colStatus, colOrder, colSlot, colStint, colCovariate, colControl, colSession, colGuestKind}
)

// setColumn is one `set:ID` column.
type setColumn struct {
	id    string
	index int
}

// columns says where in a record each column stands.
type columns struct {
	names []string
	// at maps a fixed column's name to its index.
	at   map[string]int
	sets []setColumn
}

// isColumn says whether name is that of a fixed column.
func isColumn(name string) bool {
	return slices.Contains(requiredColumns, name) || slices.Contains(optionalColumns, name)
}

// parseHeader checks the first record.
func parseHeader(record []string) (columns, error) {
	c := columns{names: slices.Clone(record), at: make(map[string]int)}
	seen := make(map[string]bool, len(record))
	for i, name := range c.names {
		if err := checkCell("header", name); err != nil {
			return columns{}, err
		}
		if seen[name] && name != "" {
			return columns{}, fmt.Errorf("column %q occurs twice: name each column once", name)
		}
		seen[name] = true
		switch id, isSet := strings.CutPrefix(name, setPrefix); {
		case isSet && id == "":
			return columns{}, fmt.Errorf("column %q names no setting: write %sID", name, setPrefix)
		case isSet:
			c.sets = append(c.sets, setColumn{id: id, index: i})
		case isColumn(name):
			c.at[name] = i
		case name == "", strings.HasPrefix(name, "Unnamed: "): // so pandas reads a column without a name
			return columns{}, fmt.Errorf("column %d has no name: delete it (pandas writes its index so unless told to_csv(index=False), and spreadsheets write empty columns)", i+1)
		case isColumn(strings.ToLower(strings.TrimSpace(name))):
			return columns{}, fmt.Errorf("unknown column %q: write %q, in small letters and without spaces", name, strings.ToLower(strings.TrimSpace(name)))
		case len(record) == 1 && strings.ContainsAny(name, ";\t"):
			return columns{}, fmt.Errorf("the columns are separated by %q, as spreadsheets of some languages save them: save with commas, and with a point in numbers", name[strings.IndexAny(name, ";\t")])
		default:
			return columns{}, fmt.Errorf("unknown column %q: the columns are %s, and optionally %s, %sID",
				name, strings.Join(requiredColumns, ","), strings.Join(optionalColumns, ","), setPrefix)
		}
	}
	var missing []string
	for _, name := range requiredColumns {
		if _, ok := c.at[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return columns{}, fmt.Errorf("column %s missing: the header must hold %s",
			strings.Join(missing, ", "), strings.Join(requiredColumns, ","))
	}
	return c, nil
}
