package extensions_test

import (
	"errors"
	"fmt"

	"tldsweep/extensions"
)

// What somebody typed becomes a list of extensions, here of those that the program knows without asking.
func Example() {
	sold := extensions.Shipped()
	featured := extensions.ShippedFeatured("FR", sold)
	chosen, err := extensions.Select([]string{"SHOP, *.uk, !g*.uk", "com"}, sold, featured, nil)
	fmt.Println(chosen, err)

	_, err = extensions.Select([]string{"shpo"}, sold, featured, nil)
	if pattern, ok := errors.AsType[*extensions.PatternError](err); ok {
		fmt.Println(err)
		fmt.Println(pattern.Hint())
	}
	// Output:
	// [shop ac.uk co.uk ltd.uk me.uk net.uk org.uk plc.uk sch.uk com] <nil>
	// extensions: "shpo" is not among the extensions that OVHcloud sells (the nearest is shop)
	// did you mean shop? "tldsweep extensions" lists what is sold
}
