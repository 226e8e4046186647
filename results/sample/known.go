package sample

// KnownNames are the names of the metrics that vnettune knows, those of rates first.
func KnownNames() []string {
	names := make([]string, len(known))
	for i := range known {
		names[i] = known[i].Name
	}
	return names
}
