" Colours of rdd, a language for reaction-drift-diffusion models.
if exists("b:current_syntax")
  finish
endif

" Names hold letters of any script.
syntax iskeyword @,48-57,_,192-255

syntax keyword rddDeclaration model use param let fn temperature lattice translations symmetry states rates force reduce solve query
syntax keyword rddClause in for by table split as auto where and or
syntax keyword rddProperty at axis energy entropy degeneracy weight
syntax match rddEntry "\v(^|[{;])\s*\zs<(vectors|point|path|bands|order|error|domain|cells|grid|spacing|boundary|initial|source|sink|react|field|species|until|every|step|method|symbol|scheme|arithmetic|tolerance|output|thin|checkpoint|probe)>"
syntax keyword rddValue periodic absorbing reflecting value flux central fourth limited fused exponential explicit implicit imex steady exact all coarse
syntax match rddFunction "\v<(arrhenius|saddle|eyring|constant|bell|meyer_neldel|exp|log|sqrt|sin|cos|tan|sinh|cosh|tanh|abs|sign|min|max|where|gaussian|box|uniform|integral|mean|variance|at)>\ze\s*\("
syntax keyword rddConstant kB hbar h_planck e_charge N_A pi kT T beta
syntax match rddOperator "<->\|->\|<=\|>=\|[<>]\|+-\|±\|\.\.\|[-+*/^=:]"

" A unit stands straight after a number; what follows / * ^ belongs to it only if it is a unit as well.
syntax match rddUnit contained "\v(1\s*)?/?\s*(([afpnuµμmckMGT]?(mol|cal|bar|eV|Hz|Pa|[msgKAJNWVC])|min|angstrom|Å|amu|degree|cell|e|h)>(\s*\^\s*-?\d+)?)(\s*[*/]\s*([afpnuµμmckMGT]?(mol|cal|bar|eV|Hz|Pa|[msgKAJNWVC])|min|angstrom|Å|amu|degree|cell|e|h)>(\s*\^\s*-?\d+)?)*"
syntax match rddNumber "\v<\d+(\.\.@!\d*)?([eE][-+]?\d+)?" nextgroup=rddUnit skipwhite
syntax match rddNumber "\v[0-9._]@1<!\.\d+([eE][-+]?\d+)?" nextgroup=rddUnit skipwhite

syntax region rddText start=+"+ end=+"+ oneline
syntax keyword rddTodo contained TODO FIXME
syntax match rddComment "#.*$" contains=rddTodo,@Spell

highlight default link rddDeclaration Statement
highlight default link rddClause Keyword
highlight default link rddProperty Type
highlight default link rddEntry Type
highlight default link rddValue Constant
highlight default link rddFunction Function
highlight default link rddConstant Constant
highlight default link rddOperator Operator
highlight default link rddNumber Number
highlight default link rddUnit Special
highlight default link rddText String
highlight default link rddTodo Todo
highlight default link rddComment Comment

let b:current_syntax = "rdd"
