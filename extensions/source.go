package extensions

// Source says whose list of extensions it is. The zero value is BuiltIn.
type Source int

// The sources, by what they are worth.
const (
	BuiltIn Source = iota // the list that comes with the program
	Public                // OVHcloud's older list, which asks for no credentials
	Current               // OVHcloud's list
)

// String is the source as it is told to the user, to be read after "using" or "from".
func (s Source) String() string {
	switch s {
	case Current:
		return "OVHcloud's list"
	case Public:
		return "OVHcloud's public list"
	default:
		return "the list shipped with tldsweep of " + shippedOf
	}
}

// Authoritative says whether OVHcloud itself gave the list just now, so that what is missing in it is not sold.
func (s Source) Authoritative() bool { return s == Current || s == Public }
