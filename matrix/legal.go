package matrix

// Legal says which values a setting takes: the words of Enum, or the numbers
// from Min to Max in steps of Step. With neither, any text is taken.
type Legal struct {
	Enum   []string          // canonical words or numbers, in the catalogue's order
	Words  map[string]string // for numbers in Enum: what they mean
	Number bool              // Min, Max and Step hold
	Min    uint64
	Max    uint64
	Step   uint64 // 0 and 1 alike: every number
	Advice string
}
