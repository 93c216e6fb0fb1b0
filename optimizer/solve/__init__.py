"""The only room that knows HiGHS. Called, it is the public function `solve` of docs/api.md, whose name it shares."""
