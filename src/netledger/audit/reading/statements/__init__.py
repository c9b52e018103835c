"""What is asserted: a statement, its sort of number, its role among its neighbours."""
