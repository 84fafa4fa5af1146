package delegation

// NewAt is New with a resolver in place of the system's, and with extensions' own servers at another port than 53.
func NewAt(system, port string) *Checker {
	return &Checker{system: []string{system}, port: port, zones: map[string]*zone{}, servers: map[string]*server{}}
}
